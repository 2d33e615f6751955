import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { describeTopology, places, processNamed, run } from '../../support/index.ts';

describeTopology(
  'oci-container',
  ['bridge', 'pid namespaces', 'umoci', 'busybox'],
  {
    web: { eth0: ['10.0.0.1/24'] },
    shop: { eth0: ['10.0.0.2/24'] },
    client: { eth0: ['10.0.0.3/24'] },
    lan: { lan: [], web: [], shop: [], client: [] },
  },
  (scene) => {
    const said = async (node: string, command: string): Promise<string> => {
      const { code, stdout } = await scene().exec(node, ['/bin/sh', '-c', command]);
      return code === 0 ? stdout.trim() : `code ${code}`;
    };

    it('runs what the image says, and what the file says instead', async () => {
      assert.match(await said('client', 'wget -qO- http://web/'), /hello from the second layer/);
      assert.match(await said('client', 'wget -qO- http://shop:8080/'), /the shop/);
      const commands = (await scene().status()).members.flatMap(({ processes }) => processes.map(({ command }) => command));
      assert.deepEqual(commands, [
        ['/bin/httpd', '-f', '-p', '80'],
        ['/bin/httpd', '-f', '-p', '8080'],
        ['/bin/sh', '-c', 'echo mine > /etc/note; exec sleep 1000000'],
      ]);
    });

    it('runs it in its folder, with its environment', () => {
      const [pid] = processNamed(scene().name, '/bin/httpd -f -p 80')!.split('@');
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      for (const entry of ['GREETING=hello', 'HOSTNAME=web', 'HOME=/root'])
        assert.ok(environment.includes(entry), `${entry} in ${environment.join(' ')}`);
      assert.equal(run('readlink', [`/proc/${pid}/cwd`]), '/srv/www\n');
    });

    it('has one root below for all, and a layer of its own for each', async () => {
      assert.equal(await said('web', 'test -e /etc/motd'), 'code 1');
      assert.equal(await said('web', 'cat /etc/initial-release'), await said('web', 'cat /etc/os-release'));
      assert.equal(await said('client', 'cat /etc/note'), 'mine');
      assert.equal(await said('web', 'cat /etc/note'), 'code 1');
      assert.match(await said('web', 'mount'), /^overlay on \/ type overlay /m);
      const roots = places().roots;
      assert.equal(readdirSync(roots).filter((name) => !name.endsWith('.lock')).length >= 1, true);
      assert.equal(await said('web', 'echo $GREETING; pwd'), 'hello\n/srv/www');
    });

    it('leaves the image as it is', () => {
      const roots = places().roots;
      for (const id of readdirSync(roots).filter((name) => name.startsWith('oci-') && !name.includes('.')))
        assert.ok(!existsSync(`${roots}/${id}/tree/etc/note`), id);
    });
  },
);

/** FRR, and what was written for quagga and zebra before it: each daemon in the foreground, as its file `daemons` says. */
import type { NodeFiles, ProcessDraft, Service } from './service.ts';

const DAEMONS =
  'zebra bgpd ripd ripngd ospfd ospf6d isisd babeld pimd pim6d ldpd nhrpd eigrpd sharpd pbrd staticd bfdd fabricd vrrpd pathd'.split(
    ' ',
  );
/** Started whatever the file says (frrcommon.sh). */
const ALWAYS = new Set(['zebra', 'staticd']);
const PROGRAMS = '/usr/lib/frr';
const SOCKETS = '/run/frr';
/** There when the daemons have been given their configuration. */
const CONFIGURED = `${SOCKETS}/configured`;

/** `folders`: where its configuration may stand; the first that the node brings anything in counts. */
export function frr(files: NodeFiles, folders: readonly string[]): Service {
  const folder = folders.find((each) => files.below(each).length > 0) ?? folders[0]!;
  const isFrr = folder === '/etc/frr';
  const daemons = files.text(`${folder}/daemons`);
  const settings = shellVariables(daemons ?? '');
  const wanted = DAEMONS.filter((name) => ALWAYS.has(name) || /^(?:yes|true|1)$/i.test(settings.get(name) ?? ''));
  const notes: NonNullable<Service['notes']>[number][] = [];
  // What it says are the processes now.
  files.remove(`${folder}/daemons`);
  if (daemons === undefined)
    notes.push({ message: `the node brings no ${folder}/daemons: of FRR zebra and staticd are started` });
  if (!isFrr) adapt(files, `${folder}/bgpd.conf`, notes);
  const integrated = [`${folder}/frr.conf`, `${folder}/Quagga.conf`].find((path) => files.text(path) !== undefined);
  const processes: Record<string, ProcessDraft> = {};
  for (const name of wanted) {
    const own = files.text(`${folder}/${name}.conf`);
    const options = (isFrr ? settings.get(`${name}_options`) : undefined) ?? DEFAULTS[name] ?? '-A 127.0.0.1';
    // Those of quagga's init script say that it shall go to the background.
    const words = options.split(/\s+/).filter((word) => word !== '' && word !== '-d' && word !== '--daemon');
    const config = own === undefined ? [] : ['-f', `${folder}/${name}.conf`];
    processes[name] = {
      command: [`${PROGRAMS}/${name}`, ...words, ...config, '--log', 'stdout'],
      ...(name === 'zebra' ? {} : { after: ['zebra'] }),
      ready: { file: `${SOCKETS}/${name}.vty` },
    };
  }
  if (integrated !== undefined) {
    // A line that it does not know is told, and no failure of the rest.
    const read = integrated === '/etc/frr/frr.conf' ? ['-b'] : ['-f', integrated];
    processes['frr-config'] = {
      command: `vtysh ${read.join(' ')}; touch ${CONFIGURED}`,
      after: wanted,
      ready: { file: CONFIGURED },
    };
  }
  const logs = isFrr ? '/var/log/frr' : `/var/log/frr /var/log/${folder.split('/').at(-1)!}`;
  return { setup: [`install -d -o frr -g frr ${SOCKETS} ${logs}`], processes, notes };
}

/** Options where the file says none. */
const DEFAULTS: Readonly<Record<string, string>> = {
  zebra: '-A 127.0.0.1 -s 90000000',
  ospf6d: '-A ::1',
  ripngd: '-A ::1',
  pim6d: '-A ::1',
};

/** quagga exchanges routes with other systems without being told which; FRR, unless told otherwise, does not. */
function adapt(files: NodeFiles, path: string, notes: NonNullable<Service['notes']>[number][]): void {
  const text = files.text(path);
  if (text === undefined || !/^\s*router bgp \d+/m.test(text)) return;
  const missing = ['no bgp ebgp-requires-policy', 'no bgp network import-check'].filter((line) => !text.includes(line));
  if (missing.length === 0) return;
  files.replace(
    path,
    text.replaceAll(/^([ \t]*router bgp \d+.*)$/gm, (line) => [line, ...missing.map((each) => ` ${each}`)].join('\n')),
  );
  const origin = files.origin(path);
  notes.push({
    message: `added to ${path}, since FRR is not as quagga was: ${missing.join(', ')}`,
    ...(origin === undefined ? {} : { origin }),
  });
}

/** `zebra=yes`, `zebra_options="-A 127.0.0.1"` */
function shellVariables(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^\s*(\w+)=(?:"([^"]*)"|'([^']*)'|([^\s#]*))/gm)].map(([, name, ...values]) => [
      name!,
      (values.find((value) => value !== undefined) ?? '').trim(),
    ]),
  );
}

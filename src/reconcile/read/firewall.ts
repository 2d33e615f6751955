/** The host's own firewall, as far as it stands in the way of what the host shall pass on. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { NF_INET, NFPROTO } from '../../netlink/constants.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { type Expression, getchain, getrule } from '../../netlink/spec/nftables.ts';
import { ask } from './ask.ts';

const NF_DROP = 0;
const FAMILY: Readonly<Record<number, string>> = {
  [NFPROTO.INET]: 'inet',
  [NFPROTO.IPV4]: 'ip',
  [NFPROTO.IPV6]: 'ip6',
};
/** Where docker asks its users to put their own rules: it leaves that chain alone, and goes through it first. */
const DOCKER_USER = 'DOCKER-USER';

/** A chain on the way of forwarded packets whose policy is to drop. */
export interface DroppingChain {
  /** In words. */
  readonly where: string;
  /** Those of the interfaces asked for of which no rule speaks. */
  readonly missing: readonly string[];
  /** What a person types to let an interface through. */
  readonly command: (name: string) => string[];
}

/** The chains of other people's tables that drop what nobody has allowed. `names`: the lab's interfaces on the host. */
export function droppingChains(socket: NetlinkSocket, names: readonly string[]): DroppingChain[] {
  const chains = ask(() => socket.dump(getchain, { header: { family: NFPROTO.UNSPEC } })) ?? [];
  const dropping = chains.filter(
    ({ header, attrs }) =>
      FAMILY[header.family] !== undefined && attrs.hook?.hooknum === NF_INET.FORWARD && attrs.policy === NF_DROP,
  );
  return [
    ...dropping.map(({ header, attrs }): DroppingChain => {
      const { family } = header;
      const [table = '', chain = ''] = [attrs.table, attrs.name];
      const forUsers = chains.some(
        (each) => each.header.family === family && each.attrs.table === table && each.attrs.name === DOCKER_USER,
      );
      const into = forUsers ? DOCKER_USER : chain;
      const spoken = interfacesIn(socket, family, table, into);
      return {
        where: `the host's firewall (chain ${chain} of the nftables table ${FAMILY[family]} ${table}, policy drop)`,
        missing: names.filter((name) => !spoken.has(name)),
        command: (name) =>
          table === 'filter' && chain === 'FORWARD'
            ? iptables(family === NFPROTO.IPV6 ? 'ip6tables' : 'iptables', into, name)
            : ['iifname', 'oifname'].map(
                (side) => `nft insert rule ${FAMILY[family]} ${table} ${into} ${side} "${name}" accept`,
              ),
      };
    }),
    ...legacy(names),
  ];
}

function iptables(program: string, chain: string, name: string): string[] {
  return ['-i', '-o'].map((side) => `${program} -I ${chain} ${side} ${name} -j ACCEPT`);
}

/** The interfaces that the rules of a chain compare with. */
function interfacesIn(socket: NetlinkSocket, family: number, table: string, chain: string): Set<string> {
  const rules = ask(() => socket.dump(getrule, { header: { family }, attrs: { table, chain } })) ?? [];
  const words = rules
    .filter(({ attrs }) => attrs.table === table && attrs.chain === chain)
    .flatMap(({ attrs }) => attrs.expressions ?? [])
    .flatMap((each: Expression) => (each.name === 'cmp' ? (each.data?.data?.value ?? []) : []));
  return new Set(words.map((value) => new TextDecoder().decode(value).replace(/\0.*$/s, '')));
}

/** The older iptables, beside nftables: only its own program can ask the kernel for its policy. */
function legacy(names: readonly string[]): DroppingChain[] {
  return (['ip', 'ip6'] as const).flatMap((family): DroppingChain[] => {
    let tables = '';
    try {
      tables = readFileSync(`/proc/thread-self/net/${family}_tables_names`, 'utf8');
    } catch {
      // This kernel knows no iptables.
    }
    if (!tables.split('\n').includes('filter')) return [];
    const program = `${family}tables-legacy`;
    const { status, stdout } = spawnSync(program, ['-S', 'FORWARD'], { encoding: 'utf8' });
    if (status === 0) {
      const missing = stdout.includes('-P FORWARD DROP') ? names.filter((name) => !stdout.includes(` ${name} `)) : [];
      const where = `the host's firewall (${program}, chain FORWARD, policy DROP)`;
      return [{ where, missing, command: (name) => iptables(program, 'FORWARD', name) }];
    }
    return [
      {
        where: `the host also has an iptables of the older kind (${program} -S FORWARD shows it), which, if its policy is DROP,`,
        missing: names,
        command: (name) => iptables(program, 'FORWARD', name),
      },
    ];
  });
}

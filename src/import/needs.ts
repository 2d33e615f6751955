/** Which packages a topology's commands need on the machine: what images of other tools bring, and netlab's nodes have of Debian. */
import { basename } from 'node:path';

import type { TopologyDraft } from './draft.ts';

/** Packages of Debian, and the programs that are called of them. What every machine with iproute2 and a shell has is not among them. */
const PACKAGES: Readonly<Record<string, string>> = {
  apache2: 'apache2 apache2ctl apachectl a2enmod a2dismod a2ensite a2dissite a2enconf',
  'apache2-utils': 'htpasswd ab',
  arptables: 'arptables',
  bind9: 'named rndc named-checkconf named-checkzone',
  'bind9-dnsutils': 'dig nslookup',
  'bind9-host': 'host',
  bird2: 'bird birdc bird6',
  'bridge-utils': 'brctl',
  chrony: 'chronyd',
  conntrack: 'conntrack',
  cron: 'cron',
  curl: 'curl',
  'dnsmasq-base': 'dnsmasq',
  'dovecot-core': 'dovecot',
  dsniff: 'arpspoof',
  ebtables: 'ebtables',
  ethtool: 'ethtool',
  'exim4-daemon-light': 'exim4',
  freeradius: 'freeradius',
  frr: 'vtysh zebra staticd bgpd ospfd ospf6d ripd ripngd isisd ldpd pimd bfdd eigrpd babeld nhrpd vrrpd',
  haproxy: 'haproxy',
  iperf: 'iperf',
  iperf3: 'iperf3',
  ipset: 'ipset',
  iptables: 'iptables iptables-legacy iptables-nft iptables-restore ip6tables ip6tables-legacy ip6tables-restore',
  'isc-dhcp-client': 'dhclient',
  'isc-dhcp-relay': 'dhcrelay',
  'isc-dhcp-server': 'dhcpd',
  keepalived: 'keepalived',
  lighttpd: 'lighttpd',
  'mariadb-server': 'mariadbd',
  'net-tools': 'ifconfig route arp netstat',
  'netcat-openbsd': 'nc',
  nftables: 'nft',
  nginx: 'nginx',
  'openssh-client': 'ssh scp ssh-keygen',
  'openssh-server': 'sshd',
  openssl: 'openssl',
  openvpn: 'openvpn',
  'openvswitch-switch': 'ovs-vsctl ovs-ofctl ovs-ctl ovs-vswitchd',
  postfix: 'postfix',
  'proftpd-core': 'proftpd',
  python3: 'python3',
  radvd: 'radvd',
  rsyslog: 'rsyslogd',
  samba: 'smbd nmbd',
  snmpd: 'snmpd',
  socat: 'socat',
  squid: 'squid',
  strongswan: 'ipsec',
  suricata: 'suricata',
  tcpdump: 'tcpdump',
  traceroute: 'traceroute',
  tshark: 'tshark',
  udhcpc: 'udhcpc',
  unbound: 'unbound',
  vsftpd: 'vsftpd',
  wget: 'wget',
  'wireguard-tools': 'wg wg-quick',
  xinetd: 'xinetd',
};

const PACKAGE_OF = new Map(
  Object.entries(PACKAGES).flatMap(([name, programs]) =>
    programs.split(' ').map((program) => [program, name] as const),
  ),
);

/** The names of packages, in the order of the alphabet. */
export function needsOf({ nodes }: TopologyDraft): string[] {
  const commands = Object.values(nodes).flatMap(({ setup = [], processes = {} }) => [
    ...setup,
    ...Object.values(processes).map((process) => process?.command ?? []),
  ]);
  const names = commands.flatMap((command) =>
    programsOf(command).flatMap((program) => PACKAGE_OF.get(basename(program)) ?? []),
  );
  return [...new Set(names)].toSorted();
}

/** The programs that a command runs: of a script for a shell, the words that stand where commands do. */
function programsOf(command: string | readonly (string | number | boolean)[]): string[] {
  if (typeof command === 'string') return wordsOf(command);
  const [program = '', ...rest] = command.map(String);
  return /^(?:ba)?sh$/.test(program) ? wordsOf(rest.at(-1) ?? '') : [program];
}

function wordsOf(script: string): string[] {
  const found = script.matchAll(
    /(?<=(?:^|[\n;&|({`]|\b(?:do|then|else|if|while|until|exec|sudo|nohup)\s)\s*)(?<![\w./-])\/?[A-Za-z][\w./-]*/g,
  );
  return [...found].map(([program]) => program);
}

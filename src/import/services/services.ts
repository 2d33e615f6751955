/** Services by the names of their units and init scripts, as Debian has them. */
import type { NodeFiles, Service } from './service.ts';
import { frr } from './frr.ts';
import { named } from './named.ts';

/** Each by all its names. */
const SERVICES: readonly (readonly [names: string, start: (files: NodeFiles) => Service])[] = [
  ['frr', (files) => frr(files, ['/etc/frr'])],
  ['quagga zebra', (files) => frr(files, ['/etc/quagga', '/etc/zebra', '/etc/frr'])],
  ['named bind9 bind', named],
  ['apache2 apache httpd', apache],
  ['nginx', () => ({ processes: { nginx: { command: ['nginx', '-g', 'daemon off;'] } } })],
  [
    'lighttpd',
    () => ({ processes: { lighttpd: { command: ['lighttpd', '-D', '-f', '/etc/lighttpd/lighttpd.conf'] } } }),
  ],
  ['dnsmasq', () => ({ processes: { dnsmasq: { command: ['dnsmasq', '-k', '--log-facility=-'] } } })],
  ['radvd', () => ({ processes: { radvd: { command: ['radvd', '-n', '-m', 'stderr'] } } })],
  ['isc-dhcp-server dhcpd dhcp3-server isc-dhcp-server4', dhcpd],
  ['ssh sshd', sshd],
  ['rsyslog syslog', () => ({ processes: { rsyslogd: { command: ['rsyslogd', '-n'] } } })],
  ['snmpd', () => ({ processes: { snmpd: { command: ['snmpd', '-f', '-Lo'] } } })],
  ['keepalived', () => ({ processes: { keepalived: { command: ['keepalived', '-n', '-l'] } } })],
  ['haproxy', () => ({ processes: { haproxy: { command: ['haproxy', '-db', '-f', '/etc/haproxy/haproxy.cfg'] } } })],
  ['squid', () => ({ processes: { squid: { command: ['squid', '-N'] } } })],
  [
    'vsftpd',
    () => ({
      setup: ['mkdir -p /run/vsftpd/empty'],
      processes: { vsftpd: { command: ['vsftpd', '-obackground=NO'] } },
    }),
  ],
  ['nftables', () => ({ setup: ['nft -f /etc/nftables.conf || true'], processes: {} })],
  ['xinetd', () => ({ processes: { xinetd: { command: ['xinetd', '-dontfork'] } } })],
  ['dovecot', () => ({ processes: { dovecot: { command: ['dovecot', '-F'] } } })],
  [
    'mysql mariadb',
    () => ({
      setup: ['install -d -o mysql -g mysql /run/mysqld'],
      processes: { mariadb: { command: ['mariadbd', '--user=mysql'], ready: { file: '/run/mysqld/mysqld.sock' } } },
    }),
  ],
  // What its file says stands in the topology.
  ['networking', () => ({ processes: {} })],
  ['cron', () => ({ processes: { cron: { command: ['cron', '-f'] } } })],
  ['openbsd-inetd inetutils-inetd inetd', () => ({ processes: { inetd: { command: ['inetd', '-d'] } } })],
  ['chrony chronyd', () => ({ processes: { chronyd: { command: ['chronyd', '-d'] } } })],
  ['exim4', () => ({ processes: { exim4: { command: ['exim4', '-bdf', '-q30m'] } } })],
  ['freeradius', () => ({ processes: { freeradius: { command: ['freeradius', '-f'] } } })],
  ['isc-dhcp-relay dhcrelay', dhcrelay],
  ['postfix', () => ({ processes: { postfix: { command: ['postfix', 'start-fg'] } } })],
  ['proftpd', () => ({ processes: { proftpd: { command: ['proftpd', '-n'] } } })],
  ['smbd samba', () => ({ processes: { smbd: { command: ['smbd', '-F', '--no-process-group'] } } })],
  [
    'strongswan strongswan-starter ipsec',
    () => ({ processes: { ipsec: { command: ['ipsec', 'start', '--nofork'] } } }),
  ],
  ['unbound', () => ({ setup: ['mkdir -p /run/unbound'], processes: { unbound: { command: ['unbound', '-d'] } } })],
  ['bird', () => ({ setup: ['mkdir -p /run/bird'], processes: { bird: { command: ['bird', '-f'] } } })],
];

const BY_NAME = new Map(SERVICES.flatMap(([names, start]) => names.split(' ').map((name) => [name, start] as const)));

/** One name of a service for all that it has: `bind9` and `named` are one. */
export function canonicalService(name: string): string {
  return SERVICES.find(([names]) => names.split(' ').includes(name))?.[0] ?? name;
}

/** The processes of a service; undefined where it is none that is known. */
export function startService(name: string, files: NodeFiles): Service | undefined {
  return BY_NAME.get(name)?.(files);
}

function apache(files: NodeFiles): Service {
  // Its own list of ports may be any.
  const ready = files.text('/etc/apache2/ports.conf') === undefined ? { ready: { tcp: 80 } } : {};
  return {
    setup: ['mkdir -p /run/apache2 /run/lock/apache2 /var/log/apache2'],
    processes: { apache2: { command: '. /etc/apache2/envvars; exec apache2 -D FOREGROUND', ...ready } },
  };
}

function dhcpd(files: NodeFiles): Service {
  const defaults = files.text('/etc/default/isc-dhcp-server') ?? '';
  const [, interfaces = ''] = /^\s*INTERFACES(?:v4)?=["']?([^"'\n]*)/m.exec(defaults) ?? [];
  return {
    setup: ['mkdir -p /var/lib/dhcp && touch /var/lib/dhcp/dhcpd.leases'],
    processes: {
      dhcpd: {
        command: ['dhcpd', '-4', '-f', '-d', '-cf', '/etc/dhcp/dhcpd.conf', ...interfaces.split(/\s+/).filter(Boolean)],
      },
    },
  };
}

/** Its file of defaults says what it is told. */
function dhcrelay(files: NodeFiles): Service {
  const defaults = files.text('/etc/default/isc-dhcp-relay') ?? '';
  const words = (name: string): string[] =>
    (new RegExp(`^\\s*${name}=["']?([^"'\\n]*)`, 'm').exec(defaults)?.[1] ?? '').split(/\s+/).filter(Boolean);
  const interfaces = words('INTERFACES').flatMap((dev) => ['-i', dev]);
  return {
    processes: {
      dhcrelay: { command: ['dhcrelay', '-4', '-d', ...words('OPTIONS'), ...interfaces, ...words('SERVERS')] },
    },
  };
}

function sshd(): Service {
  return {
    setup: ['mkdir -p /run/sshd && ssh-keygen -A'],
    processes: { sshd: { command: ['/usr/sbin/sshd', '-D', '-e'], ready: { tcp: 22 } } },
  };
}

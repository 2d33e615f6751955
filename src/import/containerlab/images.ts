/** What containers of an image do by themselves, with the programs of Debian. */
import type { ProcessDraft } from '../services/service.ts';

/** What stands for an image. */
export interface ImageProfile {
  /** The service that it runs, by its name in services/. */
  readonly service?: string;
  /** A process that it runs, by its name. */
  readonly process?: readonly [name: string, process: ProcessDraft];
  /** The package of Debian that has the programs; none where a usual machine has them. */
  readonly needs?: string;
}

/** Images for trying out networks serve a page with their name. */
const PAGE = [
  'mkdir -p /var/www/html && hostname > /var/www/html/index.html',
  "command -v nginx > /dev/null && exec nginx -g 'daemon off;'",
  'command -v python3 > /dev/null && exec python3 -m http.server --directory /var/www/html 80',
  'exec sleep infinity',
  '',
].join('\n');

const PROFILES: readonly (readonly [names: string, profile: ImageProfile])[] = [
  ['frr frrouting', { service: 'frr', needs: 'frr' }],
  ['quagga', { service: 'quagga', needs: 'frr' }],
  ['nginx', { service: 'nginx', needs: 'nginx' }],
  ['httpd apache2', { service: 'apache2', needs: 'apache2' }],
  ['bind9', { service: 'named', needs: 'bind9' }],
  ['dnsmasq', { service: 'dnsmasq', needs: 'dnsmasq' }],
  ['haproxy', { service: 'haproxy', needs: 'haproxy' }],
  ['bird', { service: 'bird', needs: 'bird2' }],
  ['network-multitool multitool', { process: ['web', { command: PAGE }] }],
  ['netshoot network-tools alpine debian ubuntu busybox centos fedora rockylinux almalinux python bash', {}],
];

const BY_NAME = new Map(
  PROFILES.flatMap(([names, profile]) => names.split(' ').map((name) => [name, profile] as const)),
);

/** What a container is given where a service has its configuration, by the profile's name. */
const FOLDERS: Readonly<Record<string, string>> = {
  '/etc/frr': 'frr',
  '/etc/quagga': 'quagga',
  '/etc/bird': 'bird',
  '/etc/bird.conf': 'bird',
  '/etc/nginx': 'nginx',
  '/etc/dnsmasq.conf': 'dnsmasq',
  '/etc/haproxy': 'haproxy',
  '/usr/local/etc/haproxy': 'haproxy',
};

/** A profile, and why it is thought to be that of the image; nothing where the image's name says so. */
export interface Guess {
  readonly profile: ImageProfile;
  readonly why?: string;
}

/**
 * The profile of an image, by the last word of its name (`quay.io/frrouting/frr:10.2.1`), by a part of that (`clab-frr`), or by what the container is
 * given (`targets`: the paths of its binds). Undefined for one that is not known.
 */
export function profileOf(image: string, targets: readonly string[] = []): Guess | undefined {
  const [, name = ''] = /([^/:@]+)(?::[^/]*)?(?:@.*)?$/.exec(image) ?? [];
  const exact = BY_NAME.get(name);
  if (exact !== undefined) return { profile: exact };
  const part = name.split(/[-_.]/).find((word) => BY_NAME.get(word)?.service !== undefined);
  if (part !== undefined) return { profile: BY_NAME.get(part)!, why: 'as its name says' };
  const folder = Object.keys(FOLDERS).find((path) => targets.some((each) => `${each}/`.startsWith(`${path}/`)));
  if (folder === undefined) return undefined;
  return { profile: BY_NAME.get(FOLDERS[folder]!)!, why: `as the node has its own ${folder}` };
}

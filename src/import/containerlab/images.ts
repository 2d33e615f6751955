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

/** The profile of an image, by the last word of its name: `quay.io/frrouting/frr:10.2.1`; undefined for one that is not known. */
export function profileOf(image: string): ImageProfile | undefined {
  const [, name = ''] = /([^/:@]+)(?::[^/]*)?(?:@.*)?$/.exec(image) ?? [];
  return BY_NAME.get(name);
}

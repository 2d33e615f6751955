/** What containers of an image do by themselves, with the programs of Debian. */
import type { NodeDraft } from '../draft.ts';

type ProcessDraft = NonNullable<NodeDraft['processes']>[string];

/** What stands for an image. */
export interface ImageProfile {
  /** The name of the process, and the process; none where the image only waits. */
  readonly process?: readonly [name: string, process: ProcessDraft];
  /** The package of Debian that has the programs; none where a usual machine has them. */
  readonly needs?: string;
}

/** The daemons that /etc/frr/daemons names, and the one that watches them, as the image's own docker-start has it. */
const FRR = [
  'mkdir -p /run/frr /var/log/frr && chown frr:frr /run/frr /var/log/frr',
  '. /usr/lib/frr/frrcommon.sh',
  'exec /usr/lib/frr/watchfrr $(daemon_list)',
].join('\n');

const PROFILES: readonly (readonly [RegExp, ImageProfile])[] = [
  [
    /(?:^|\/)frr(?:$|[:@-])|(?:^|\/)frrouting(?:$|[:@])/,
    {
      needs: 'frr',
      process: ['frr', { command: ['bash', '-c', FRR], ready: { file: '/run/frr/zebra.vty', timeout: '30s' } }],
    },
  ],
  [/(?:^|\/)nginx(?:$|[:@])/, { needs: 'nginx', process: ['nginx', { command: ['nginx', '-g', 'daemon off;'] }] }],
  [
    /(?:^|\/)httpd(?:$|[:@])/,
    { needs: 'apache2', process: ['httpd', { command: ['apache2ctl', '-D', 'FOREGROUND'] }] },
  ],
  [/(?:^|\/)(?:network-multitool|multitool|netshoot|network-tools)(?:$|[:@])/, {}],
  [/(?:^|\/)(?:alpine|debian|ubuntu|busybox|centos|fedora|rockylinux|almalinux|python|bash)(?:$|[:@])/, {}],
];

/** The profile of an image; undefined for one that is not known. */
export function profileOf(image: string): ImageProfile | undefined {
  return PROFILES.find(([pattern]) => pattern.test(image))?.[1];
}

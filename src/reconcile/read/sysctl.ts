import type { Sysctl } from '../../model/resource.ts';
import { sysctlPath } from '../../resource/sysctl.ts';
import { inNetns } from '../../sys/netns.ts';
import { readSysctl } from '../../sys/procfs.ts';

/** The settings named by `keys`; one that this kernel, or this namespace, does not have is left out. Like `sysctl -n KEY`. */
export function readSysctls(node: string, netns: number, keys: ReadonlySet<string>): Sysctl[] {
  if (keys.size === 0) return [];
  return inNetns(netns, () =>
    [...keys].flatMap((key): Sysctl[] => {
      const value = readSysctl(sysctlPath(key));
      return value === undefined ? [] : [{ kind: 'sysctl', node, key, value }];
    }),
  );
}

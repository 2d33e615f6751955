/** What `doctor` says of the ids that ordinary users' labs can have. */
import type { LabModel } from '../model/lab.ts';
import type { Finding } from '../model/report.ts';
import { mapText } from '../model/user-namespace.ts';
import { requireUserNamespaces } from '../process/enter.ts';
import { findProgram } from '../sys/find-program.ts';
import { lacking, ok } from './finding.ts';

const CHECK = 'rootless ids';

/** Other users than root in labs of ordinary users: asked by root, whether there could be any; by another, whether he has them. */
export function idRanges(root: boolean, model: LabModel | undefined): Finding {
  if (root) {
    const path = findProgram('newuidmap');
    return path === undefined
      ? lacking(
          'absent',
          CHECK,
          'newuidmap is not installed',
          'install uidmap: for other users than root in the labs of ordinary users',
        )
      : ok(CHECK, `${path}; who has ranges of ids is told by /etc/subuid and /etc/subgid`);
  }
  const found = requireUserNamespaces();
  if ('maps' in found) return ok(CHECK, `${found.newuidmap}: ${mapText(found.maps.uids).replaceAll('\n', ', ')}`);
  const needed = model !== undefined && needsOthers(model);
  return lacking(needed ? 'missing' : 'absent', CHECK, `root alone: ${found.fact}`, `as root: ${found.remedy}`);
}

/** Whether a lab has processes of others than root. */
function needsOthers({ resources }: LabModel): boolean {
  return resources.some(
    (each) =>
      each.kind === 'process' &&
      ((each.user !== undefined && !/^(?:root|0)(?::|$)/.test(each.user)) || each.confinement?.groups !== undefined),
  );
}

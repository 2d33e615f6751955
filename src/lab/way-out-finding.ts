/** What `doctor` says of the way out of ordinary users' labs. */
import type { LabModel } from '../model/lab.ts';
import type { Finding } from '../model/report.ts';
import { lookOutside, UPLINK_PROGRAMS } from '../process/uplink-programs.ts';
import { lacking, ok } from './finding.ts';
import { needsWayOut } from './published.ts';

/** What joins the labs of ordinary users to the machine's network. Root's labs need none of it. */
export function wayOut(root: boolean, model: LabModel | undefined): Finding {
  const check = 'rootless way out';
  const { program, hindrance } = lookOutside();
  const state = !root && model !== undefined && needsWayOut(model) ? 'missing' : 'absent';
  if (program === undefined) {
    const packages = UPLINK_PROGRAMS.map(([, name]) => name).join(' or ');
    const found = `neither ${UPLINK_PROGRAMS.map(([name]) => name).join(' nor ')} is installed`;
    return lacking(state, check, found, `install ${packages}: for internet and host in the labs of ordinary users`);
  }
  if (root || hindrance === undefined) return ok(check, program.path);
  return lacking(state, check, `${program.path}, but ${hindrance.fact}`, `as root: ${hindrance.remedy}`);
}

/** Raw nft text is judged by nft itself before anything is built. */
import { type Problem, TopologyError } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import type { Path } from '../model/place.ts';
import { inFreshNetns } from '../reconcile/fresh.ts';
import { runHere } from '../sys/run-in.ts';

/** Throws TopologyError when a node has nft text that nft does not understand, or when there is no nft. */
export function checkNftables(model: LabModel): void {
  const problems: Problem[] = [];
  const add = (at: Path, message: string, line?: number, column = 1): void => {
    const place = line === undefined ? model.locate(at) : (model.locateIn?.(at, line, column) ?? model.locate(at));
    problems.push({ ...place, message, severity: 'error' });
  };
  for (const resource of model.resources) {
    if (resource.kind !== 'nftables' || resource.at === undefined) continue;
    const { code, stderr, missing } = inFreshNetns(() => runHere(['nft', '-c', '-f', '-'], resource.text));
    if (missing) {
      add(
        resource.at,
        'found nft text, and this machine has no program nft: install nftables, or say it by `nat` and `firewall`',
      );
    } else if (code !== 0) {
      const said = [...stderr.matchAll(/^[^:\n]*:(\d+):(\d+)(?:-\d+)?: Error: (.*)$/gm)];
      for (const [, line, column, words = ''] of said) {
        // The devices of the node do not stand yet; what is wrong about them the kernel says when the text is loaded.
        if (!words.startsWith('Interface does not exist'))
          add(resource.at, `nft: ${words}`, Number(line), Number(column));
      }
      if (said.length === 0) add(resource.at, `nft: ${stderr.trim()}`);
    }
  }
  if (problems.length > 0) throw new TopologyError(problems);
}

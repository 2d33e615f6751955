/** Privileges of nodes and of processes: names, and that a process gets no more than its node. */
import { CAPABILITIES, capabilityName } from '../../model/capability.ts';
import { keptCapabilities } from '../../model/confinement.ts';
import { boundValue } from '../../model/ulimit.ts';
import type { Path } from '../../model/place.ts';
import { type ConfinementDocument, entries, items, own, type ProcessDocument } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import { ALL, confinementOf, ulimitOf } from '../expand/confinement.ts';
import type { Problems } from '../problems.ts';
import { isIdName } from '../values.ts';
import { quoted, shown } from '../words.ts';

/** Judges what a node and its processes say of their privileges. */
export function checkConfinement(node: DraftNode, problems: Problems): void {
  const { document } = node;
  checkCapabilities(document, node.at, problems);
  checkUlimits(document, node.at, problems);
  const [key] = Object.entries(confinementKeys(document)).find(([, value]) => value !== undefined) ?? [];
  if (key !== undefined && document.isolation?.every((kind) => kind === 'net') === true) {
    problems.keyError(
      [...node.at, key],
      `found ${quoted(key)} on a node with isolation: [net]; nothing stands between its programs and the machine. Expected one kind more, such as pid, or the key on its processes`,
    );
  }
  for (const [name, process] of entries(document.processes)) {
    const at = [...node.at, 'processes', name];
    checkCapabilities(process, at, problems);
    checkUlimits(process, at, problems);
    checkGroups(process, at, problems);
    checkNarrower(document, process, at, problems);
  }
}

function confinementKeys({
  capabilities,
  no_new_privileges,
  seccomp,
  ulimits,
}: ConfinementDocument): Record<string, unknown> {
  return {
    capabilities,
    no_new_privileges: no_new_privileges === true ? true : undefined,
    seccomp: seccomp === 'default' ? seccomp : undefined,
    ulimits: Object.keys(ulimits ?? {}).length > 0 ? ulimits : undefined,
  };
}

function checkCapabilities({ capabilities }: ConfinementDocument, at: Path, problems: Problems): void {
  if (capabilities === undefined) return;
  const { drop, keep } = capabilities;
  if (drop !== undefined && keep !== undefined)
    problems.error([...at, 'capabilities'], 'found drop and keep, of which one may come from defaults; expected one');
  for (const [key, list] of Object.entries({ drop, keep })) {
    const seen = new Set<string>();
    for (const [i, word] of items(list)) {
      const path = [...at, 'capabilities', key, i];
      if (key === 'drop' && word.toUpperCase() === ALL) continue;
      const name = capabilityName(word);
      if (name === undefined) problems.error(path, unknown(key, word, problems));
      else if (seen.has(name)) problems.error(path, `found ${quoted(word)} twice`);
      else seen.add(name);
    }
  }
}

function unknown(key: string, word: string, problems: Problems): string {
  if (word.toUpperCase() === ALL)
    return `found ${quoted(word)}, expected a capability; who keeps all of them says nothing`;
  const upper = word.toUpperCase();
  const near = problems.didYouMean(upper.startsWith('CAP') ? upper : `CAP_${upper}`, CAPABILITIES);
  const words = key === 'drop' ? `a capability, such as CAP_SYS_ADMIN, or ${ALL}` : 'a capability, such as CAP_NET_RAW';
  return `found ${quoted(word)}, expected ${words}${near}`;
}

function checkUlimits({ ulimits }: ConfinementDocument, at: Path, problems: Problems): void {
  for (const [name, limit] of entries(ulimits)) {
    const path = [...at, 'ulimits', name];
    if (problems.damaged(path)) continue;
    const { soft, hard } = ulimitOf(limit);
    if (boundValue(soft) > boundValue(hard)) problems.error(path, `found soft ${soft} above hard ${hard}`);
  }
}

function checkGroups({ groups }: ProcessDocument, at: Path, problems: Problems): void {
  for (const [i, group] of items(groups)) {
    if (isIdName(String(group))) continue;
    problems.error([...at, 'groups', i], `found ${shown(group)}, expected the name or the number of a group`);
  }
}

/** What the node has given up, nobody in it has. */
function checkNarrower(node: ConfinementDocument, process: ConfinementDocument, at: Path, problems: Problems): void {
  for (const [name, limit] of entries(process.ulimits)) {
    const most = own(node.ulimits, name);
    const path = [...at, 'ulimits', name];
    if (most === undefined || problems.damaged(path) || problems.damaged([...at.slice(0, -2), 'ulimits', name]))
      continue;
    const [{ hard }, { hard: bound }] = [ulimitOf(limit), ulimitOf(most)];
    if (boundValue(hard) > boundValue(bound))
      problems.error(path, `found ${hard}, but its node says ${bound}, which nobody in it gets beyond`);
  }
  if (node.no_new_privileges === true && process.no_new_privileges === false)
    problems.error([...at, 'no_new_privileges'], 'found false, but its node says true, which holds for all in it');
  if (node.seccomp === 'default' && process.seccomp === 'unconfined')
    problems.error([...at, 'seccomp'], 'found "unconfined", but its node says default, which holds for all in it');
  const kept = keptCapabilities(confinementOf(node)?.capabilities);
  for (const [i, word] of items(process.capabilities?.keep)) {
    const name = capabilityName(word);
    if (name === undefined || (keptCapabilities({ keep: [name] }) & kept) !== 0n) continue;
    problems.error([...at, 'capabilities', 'keep', i], `found ${quoted(word)}, which its node does not keep`);
  }
}

import type { Rule } from '../model/resource.ts';
import { AF, FR_ACT } from '../netlink/constants.ts';
import { delrule, newrule } from '../netlink/spec/rt-rule.ts';
import { type Kind, PROTOCOL } from './kind.ts';
import { FLAGS, route } from './request.ts';
import { shellWord } from './shell.ts';
import { splitPrefix } from './wire.ts';

/** A policy routing rule: which table a packet is looked up in. */
export const rule: Kind<Rule> = {
  kind: 'rule',
  // A rule is nothing but its conditions and its table: a change of any of them is another rule.
  key: (wanted) => `${wanted.node} ${wanted.family} ${words(wanted)}`,
  describe: (wanted) => `rule ${words(wanted)} on ${wanted.node}`,
  differences: () => [],
  create: (wanted) => [route('configure', wanted.node, newrule, message(wanted), FLAGS.add)],
  update: () => [],
  remove: (found, around) =>
    around.isDropped(found.node)
      ? []
      : [route('unset', found.node, delrule, conditions(found), FLAGS.change, ['ENOENT', 'ESRCH'])],
  commands: (wanted) => [`${program(wanted)} rule add ${words(wanted, shellWord)} protocol ${PROTOCOL}`],
  removeCommands: (found) => [`${program(found)} rule delete ${words(found, shellWord)}`],
};

function program({ family }: Rule): string {
  return family === 'inet6' ? 'ip -6' : 'ip';
}

function words({ priority, from, to, iif, oif, fwmark, table }: Rule, quote = (name: string): string => name): string {
  return [
    `priority ${priority}`,
    from === undefined ? '' : `from ${from}`,
    to === undefined ? '' : `to ${to}`,
    iif === undefined ? '' : `iif ${quote(iif)}`,
    oif === undefined ? '' : `oif ${quote(oif)}`,
    fwmark === undefined ? '' : `fwmark ${fwmark}`,
    `lookup ${table}`,
  ]
    .filter((word) => word !== '')
    .join(' ');
}

function message(wanted: Rule) {
  const { header, attrs } = conditions(wanted);
  return { header, attrs: { ...attrs, protocol: PROTOCOL } };
}

/** What the kernel tells a rule by, whoever made it. */
function conditions({ family, priority, from, to, iif, oif, fwmark, table }: Rule) {
  const [source, sourceLength] = from === undefined ? [undefined, 0] : splitPrefix(from);
  const [target, targetLength] = to === undefined ? [undefined, 0] : splitPrefix(to);
  return {
    header: {
      family: family === 'inet6' ? AF.INET6 : AF.INET,
      src_len: sourceLength,
      dst_len: targetLength,
      table: table < 256 ? table : 0,
      action: FR_ACT.TO_TBL,
    },
    attrs: {
      priority,
      table,
      ...(source === undefined || sourceLength === 0 ? {} : { src: source }),
      ...(target === undefined || targetLength === 0 ? {} : { dst: target }),
      ...(iif === undefined ? {} : { iifname: iif }),
      ...(oif === undefined ? {} : { oifname: oif }),
      ...(fwmark === undefined ? {} : { fwmark }),
    },
  };
}

import assert from 'node:assert/strict';

import { userNamespaceRefusal } from '../../../src/process/enter.ts';

const SAID = 'netlab: unshare user namespace: Operation not permitted\n';

function refusal(settings: Readonly<Record<string, string>>, said = SAID): string {
  return userNamespaceRefusal(said, (key) => settings[key]);
}

describe('a machine that gives no user namespace', () => {
  it('is told by the setting that forbids it, and what root can do', () => {
    assert.equal(
      refusal({ 'user.max_user_namespaces': '0', 'user.max_net_namespaces': '15000' }),
      [
        'without root a lab needs a user namespace, and this machine does not give one (unshare user namespace: Operation not permitted):',
        '  user.max_user_namespaces is 0; root can change it: sysctl -w user.max_user_namespaces=15000',
        '  as root netlab needs none: sudo netlab …',
      ].join('\n'),
    );
  });

  it('names every one of them', () => {
    const text = refusal({
      'kernel.unprivileged_userns_clone': '0',
      'kernel.apparmor_restrict_unprivileged_userns': '1',
      'user.max_net_namespaces': '0',
    });
    for (const line of [
      'kernel.unprivileged_userns_clone is 0;',
      'kernel.apparmor_restrict_unprivileged_userns is 1;',
      'user.max_net_namespaces is 0;',
    ])
      assert.ok(text.includes(line), text);
  });

  it('does not blame a setting that allows it', () => {
    const text = refusal({
      'kernel.unprivileged_userns_clone': '1',
      'kernel.apparmor_restrict_unprivileged_userns': '0',
    });
    assert.doesNotMatch(text, /sysctl -w/);
    assert.match(text, /seccomp, SELinux/);
  });
});

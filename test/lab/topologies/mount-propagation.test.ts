import assert from 'node:assert/strict';

import { assertExecChecks, describeTopology, mountsOf } from '../../support/index.ts';

describeTopology(
  'mount-propagation',
  ['pid namespaces'],
  { shared: {}, slave: {}, private: {} },
  (scene) => {
    it('holds what its checks say', async () => assertExecChecks(scene()));

    it('reaches nobody on the machine', () => {
      const machine = [...mountsOf('self').values()].map(({ words }) => words);
      assert.deepEqual(machine.filter((words) => / - tmpfs (late|deep) /.test(words)), []);
    });
  },
);

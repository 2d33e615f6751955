/** What this machine grants to ordinary users, and what a container takes away. */
import { existsSync } from 'node:fs';

import type { Finding } from '../model/report.ts';
import { forbiddenUserNamespaces } from '../process/enter.ts';
import { lacking, ok } from './finding.ts';
import { readText } from '../sys/read-text.ts';

/** Whether anybody but root could have labs, asked by root: by what the settings say. An ordinary user tries it. */
export function userNamespaces(): Finding {
  const check = 'user namespaces';
  if (!existsSync('/proc/self/ns/user'))
    return lacking('absent', check, 'this kernel has none: only root can have labs', 'build it with CONFIG_USER_NS');
  const reasons = forbiddenUserNamespaces();
  if (reasons.length === 0) return ok(check, 'ordinary users can have labs too');
  const found = reasons.map(({ reason }) => reason).join('; ');
  return lacking('absent', check, `only root can have labs: ${found}`, reasons.map(({ remedy }) => remedy).join('; '));
}

/** The controllers that could bound the processes of nodes, by version 2 or 1. */
export function cgroups(): Finding {
  const check = 'cgroup controllers';
  const second = readText('/sys/fs/cgroup/cgroup.controllers')?.trim();
  if (second !== undefined && second !== '') return ok(check, `version 2: ${second.split(' ').join(', ')}`);
  // subsys_name hierarchy num_cgroups enabled; hierarchy 0 is mounted nowhere.
  const first = (readText('/proc/cgroups') ?? '')
    .split('\n')
    .flatMap((line) => /^(\w+)\s+([1-9]\d*)\s+\d+\s+1$/.exec(line)?.[1] ?? []);
  if (first.length > 0) return ok(check, `version 1: ${first.join(', ')}`);
  return lacking('absent', check, 'none', 'mount them: mount -t cgroup2 none /sys/fs/cgroup; netlab itself needs none');
}

/** A filter of system calls, as containers have one: nothing where there is none. */
export function seccomp(): Finding[] {
  const mode = /^Seccomp:\s+(\d)/m.exec(readText('/proc/self/status') ?? '')?.[1];
  if (mode === undefined || mode === '0') return [];
  return [
    ok(
      'seccomp',
      'a filter of system calls is on: what it forbids shows above (docker: --security-opt seccomp=unconfined)',
    ),
  ];
}

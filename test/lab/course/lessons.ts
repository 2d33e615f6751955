/** What there is in docs/course/. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { load } from 'js-yaml';

import type { Feature } from '../../support/index.ts';

/** This repository. */
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** The folder of the course. */
export const COURSE = join(ROOT, 'docs/course');
/** Whether the pages get what is printed now. */
export const WRITES = process.env['NETLAB_WRITE_PAGES'] === '1';

/** The lessons, and what they take of the machine beside what all take. */
export const LESSONS: Readonly<Record<string, readonly Feature[]>> = {
  '01-namespace': [],
  '02-veth-pair': [],
  '03-bridge': ['bridge'],
  '04-router': [],
  '05-nat': ['nftables NAT', 'python3', 'curl'],
  '06-container': ['pids controller'],
  '07-pod': ['python3', 'curl'],
  '08-overlay': ['vxlan', 'tcpdump'],
  '09-service': ['nftables NAT', 'python3', 'curl'],
  '10-policy': ['nftables', 'python3', 'curl'],
};

/** All topologies of the course. */
export const topologies = (): string[] =>
  readdirSync(COURSE, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(COURSE, file));

/** The names of all its labs. */
export const labs = (): string[] =>
  topologies().map((file) => (load(readFileSync(file, 'utf8')) as { name?: string }).name ?? basename(file, '.yaml'));

/** The exercises of a lesson. */
export const exercisesOf = (lesson: string): string[] =>
  readdirSync(join(COURSE, lesson)).filter((file) => file.startsWith('exercise'));

/** `../solutions/05-nat.yaml` of `exercise.yaml`, `05-nat-limits.yaml` of `exercise-limits.yaml`. */
export const solutionOf = (lesson: string, exercise: string): string =>
  join('solutions', exercise.replace(/^exercise/, lesson));

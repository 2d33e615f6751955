/** The verbs by name. Each is loaded when it is asked for, so that none costs the others' start. */
import type { Verb } from './verb.ts';

/** One line of the catalogue. */
export interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly verb: Verb }>;
}

/** The verbs, grouped by what a person wants to do, in the order of the help. */
export const GROUPS: readonly (readonly [title: string, verbs: Readonly<Record<string, Entry>>])[] = [
  [
    'Make a lab',
    {
      up: { summary: 'make the kernel equal to the file', load: () => import('./verbs/up.ts') },
      plan: { summary: 'show what up would change, and why', load: () => import('./verbs/plan.ts') },
      down: { summary: 'remove everything of a lab', load: () => import('./verbs/down.ts') },
      validate: { summary: 'check files, without touching anything', load: () => import('./verbs/validate.ts') },
      import: { summary: "make a topology of another tool's lab", load: () => import('./verbs/import.ts') },
    },
  ],
  [
    'Look around',
    {
      ls: { summary: 'the labs that run', load: () => import('./verbs/ls.ts') },
      status: { summary: 'one lab: interfaces, addresses, processes', load: () => import('./verbs/status.ts') },
      events: { summary: 'what happens in a lab, as it happens', load: () => import('./verbs/events.ts') },
      graph: { summary: 'a picture of a topology, or of a lab', load: () => import('./verbs/graph.ts') },
      logs: { summary: "what a node's processes printed", load: () => import('./verbs/logs.ts') },
    },
  ],
  [
    'Try the network',
    {
      test: { summary: 'try the checks of labs', load: () => import('./verbs/test.ts') },
      ping: { summary: 'whether one node reaches another', load: () => import('./verbs/ping.ts') },
      pingall: { summary: 'whether each node reaches each other one', load: () => import('./verbs/pingall.ts') },
      why: { summary: 'what stops a packet, and the line to look at', load: () => import('./verbs/why.ts') },
      capture: { summary: 'packets of any interfaces, on one clock', load: () => import('./verbs/capture.ts') },
    },
  ],
  [
    'Work inside a node',
    {
      exec: { summary: 'run a command in a node', load: () => import('./verbs/exec.ts') },
      shell: { summary: 'a login shell in a node', load: () => import('./verbs/shell.ts') },
      start: { summary: 'start processes', load: () => import('./verbs/start.ts') },
      stop: { summary: 'stop processes', load: () => import('./verbs/stop.ts') },
      restart: { summary: 'stop processes and start them again', load: () => import('./verbs/restart.ts') },
      freeze: { summary: 'let a node stand still', load: () => import('./verbs/freeze.ts') },
      thaw: { summary: 'let it go on', load: () => import('./verbs/thaw.ts') },
      link: { summary: 'cut and mend links while the lab runs', load: () => import('./verbs/link.ts') },
    },
  ],
  [
    'About netlab',
    {
      doctor: { summary: 'what this machine offers, and what dead labs left', load: () => import('./verbs/doctor.ts') },
      schema: { summary: 'the schema of topology files, for editors', load: () => import('./verbs/schema.ts') },
      completion: { summary: 'complete words in bash, zsh, fish', load: () => import('./verbs/completion.ts') },
      version: { summary: 'the version of netlab', load: () => import('./verbs/version.ts') },
      help: { summary: 'explain a verb', load: () => import('./verbs/help.ts') },
    },
  ],
];

/** Every verb of this version. */
export const VERBS: ReadonlyMap<string, Entry> = new Map(GROUPS.flatMap(([, verbs]) => Object.entries(verbs)));

/** Verbs that programs call, and nobody types. */
export const HIDDEN: ReadonlyMap<string, Pick<Entry, 'load'>> = new Map([
  ['__complete', { load: () => import('./verbs/complete.ts') }],
]);

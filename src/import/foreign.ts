/** Files that are no lab of a format in formats.ts, and are often taken for one: what they are, and what there is instead. */

/** Each by what stands in it. */
const FOREIGN: readonly (readonly [pattern: RegExp, what: string])[] = [
  [
    /^topology:[^]*\{\{/m,
    'a template of a containerlab file (gotmpl): what is between braces is only known when containerlab fills it in',
  ],
  [
    /^node_configs:|^\s*- \{?\s*cmd:/m,
    'a specification of tinet: a list of shell commands for each node; `nodes`, `links` and `setup` of a topology say the same',
  ],
  [/^services:/m, 'a file of docker compose: containers on networks of Docker, which has neither links nor routes'],
  [/^(?:provider|module|defaults\.device|groups|plugin):/m, "a topology of ipspace's netlab, which is another tool"],
  [
    /^\s*(?:from|import)\s+(?:mininet|ipmininet|lib\.topogen|lib|Kathara|comnetsemu)\b/m,
    'a program of Python, which builds its network while it runs',
  ],
  [
    /"Backend"\s*:\s*\{/,
    'a configuration of flannel: commands that flanneld runs on real hosts, with values that it alone knows',
  ],
  [/<network\b[^>]*sndlib|^\?SNDlib/m, 'a network of SNDlib, in its own format; the same as GraphML can be imported'],
  [/^\s*graph\s*\[/m, 'a graph in GML; the Topology Zoo and yEd have the same as GraphML'],
  [/^\s*(?:strict\s+)?(?:di)?graph\s+["\w]*\s*\{/m, 'a graph of Graphviz; the same as GraphML can be imported'],
  [/<gexf\b/, 'a graph of Gephi in GEXF; Gephi exports GraphML, too'],
  [/"type"\s*:\s*"topology"|"project_id"\s*:/, 'a project of GNS3: machines of its own, each with an image'],
  [/<lab\b[^>]*\bname=/, 'a lab of EVE-NG: machines of its own, each with an image'],
];

/** What a file is; undefined where nobody knows. */
export function foreign(text: string): string | undefined {
  return FOREIGN.find(([pattern]) => pattern.test(text))?.[1];
}

/**
 * Makes topologies/abilene.yaml, and is the same lab itself:
 *
 *     node topologies/abilene.mjs > topologies/abilene.yaml
 *     netlab up topologies/abilene.mjs
 */
import { fileURLToPath } from 'node:url';

import { asYaml } from './as-yaml.mjs';

// Cities, where they are, and links: Abilene of the Internet Topology Zoo.
const CITIES = {
  'new-york': [40.71427, -74.00597],
  chicago: [41.85003, -87.65005],
  washington: [38.89511, -77.03637],
  seattle: [47.60621, -122.33207],
  sunnyvale: [37.36883, -122.03635],
  'los-angeles': [34.05223, -118.24368],
  denver: [39.73915, -104.9847],
  'kansas-city': [39.11417, -94.62746],
  houston: [29.76328, -95.36327],
  atlanta: [33.749, -84.38798],
  indianapolis: [39.76838, -86.15804],
};
const LINKS = [
  ['new-york', 'chicago'],
  ['new-york', 'washington'],
  ['chicago', 'indianapolis'],
  ['washington', 'atlanta'],
  ['seattle', 'sunnyvale'],
  ['seattle', 'denver'],
  ['sunnyvale', 'los-angeles'],
  ['sunnyvale', 'denver'],
  ['los-angeles', 'houston'],
  ['denver', 'kansas-city'],
  ['kansas-city', 'houston'],
  ['kansas-city', 'indianapolis'],
  ['houston', 'atlanta'],
  ['atlanta', 'indianapolis'],
];

const COMMENT = `
Abilene, the backbone of the American universities, as it was in February 2005: a router a city.

 seattle ──────── denver ─── kansas-city ─── indianapolis ─── chicago ─── new-york
    │               │             │                │                         │
 sunnyvale ─────────┘             │                │                         │
    │                             │                │                         │
 los-angeles ────────────────── houston ───────── atlanta ───────────── washington

The loopback 10.0.0.N is the router itself, whatever link is down; each link is a /31 (RFC 3021): two addresses, no waste. An
interface is called by the city that it leads to. Every router is told the way to every loopback and every link: the shortest in
kilometres, as a network that routes by distance would find it. \`src\` makes a router speak from its loopback. Try

    netlab exec -l abilene seattle -- ping -c 3 10.0.0.1      (new-york)
    netlab exec -l abilene seattle -- ip route get 10.0.0.10  (atlanta: over denver)
    netlab exec -l abilene denver -- ip link set kansas-city down     (static routes know nothing of it: half the country is gone)

Made by topologies/abilene.mjs. The map is that of the Internet Topology Zoo (https://topology-zoo.org/, doi.org/10.25909/30153949),
Abilene.graphml, by S. Knight, H. X. Nguyen, N. Falkner, R. Bowden and M. Roughan, used under CC BY 4.0
(https://creativecommons.org/licenses/by/4.0/); names shortened, addresses and routes added.
`;

/** Kilometres between two cities, along the surface of the earth. */
function distance(a, b) {
  const [latA, lonA, latB, lonB] = [...CITIES[a], ...CITIES[b]].map((degrees) => (degrees * Math.PI) / 180);
  const h = Math.sin((latB - latA) / 2) ** 2 + Math.cos(latA) * Math.cos(latB) * Math.sin((lonB - lonA) / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.sqrt(h));
}

/** How far each city is from one of them (Dijkstra). */
function distancesFrom(start) {
  const far = Object.fromEntries(Object.keys(CITIES).map((city) => [city, city === start ? 0 : Infinity]));
  const left = new Set(Object.keys(CITIES));
  while (left.size > 0) {
    const near = [...left].reduce((best, city) => (far[city] < far[best] ? city : best));
    left.delete(near);
    for (const { city, km } of neighbours(near)) far[city] = Math.min(far[city], far[near] + km);
  }
  return far;
}

/** The cities at the other ends of a city's links, with the address there. */
function neighbours(city) {
  return LINKS.flatMap(([a, b], i) => {
    if (city !== a && city !== b) return [];
    const other = city === a ? b : a;
    return [{ city: other, km: distance(a, b), via: `10.1.0.${2 * i + (city === a ? 1 : 0)}` }];
  });
}

const loopback = (city) => `10.0.0.${Object.keys(CITIES).indexOf(city) + 1}`;

/** The gateway on the shortest way from one city to another. */
function gateway(from, to) {
  const far = distancesFrom(to);
  return neighbours(from).reduce((best, way) => (way.km + far[way.city] < best.km + far[best.city] ? way : best)).via;
}

function routes(city) {
  const far = distancesFrom(city);
  const cities = Object.keys(CITIES).filter((other) => other !== city);
  const links = LINKS.flatMap((ends, i) => {
    if (ends.includes(city)) return [];
    const nearer = far[ends[0]] <= far[ends[1]] ? ends[0] : ends[1];
    return [{ to: `10.1.0.${2 * i}/31`, via: gateway(city, nearer), src: loopback(city) }];
  });
  return [...cities.map((to) => ({ to: `${loopback(to)}/32`, via: gateway(city, to), src: loopback(city) })), ...links];
}

export default function abilene() {
  return {
    name: 'abilene',
    description: 'The Abilene backbone of 2005: eleven cities, static shortest-path routes',
    defaults: { node: { forwarding: { ipv4: true } } },
    nodes: Object.fromEntries(
      Object.keys(CITIES).map((city) => [
        city,
        { interfaces: { lo: { addresses: [`${loopback(city)}/32`] } }, routes: routes(city) },
      ]),
    ),
    links: LINKS.map(([a, b], i) => ({ endpoints: [`${a}:${b}`, `${b}:${a}`], subnet: `10.1.0.${2 * i}/31` })),
    checks: [
      { name: 'every city reaches every other', reach: { from: 'all', to: 'all' } },
      { name: 'the north', path: { from: 'seattle', to: 'new-york', via: ['denver', 'kansas-city', 'indianapolis', 'chicago'] } },
      { name: 'the south', path: { from: 'los-angeles', to: 'washington', via: ['houston', 'atlanta'] } },
      { name: 'denver sends east', route: { on: 'denver', to: '10.0.0.11/32', via: gateway('denver', 'kansas-city') } },
    ],
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(asYaml(COMMENT, abilene()));

/** The pictures of docs/ and README.md: which topology each shows, and how. */
import type { GraphOptions } from '../../src/index.ts';

/** By the names of their files in docs/pictures/. */
export const PICTURES: Readonly<Record<string, { readonly topology: string; readonly options: GraphOptions }>> = {
  'pod-network.svg': { topology: 'pod-network.yaml', options: {} },
  'nat-gateway.svg': { topology: 'nat-gateway.yaml', options: { show: ['addresses', 'devices', 'processes', 'nat'] } },
  'fat-tree-k4-names.svg': { topology: 'fat-tree-k4.yaml', options: { show: [] } },
};

/** A graph and its drawing as one value, for programs. */
import type { GraphBox, PlacedGraph, Graph } from '../model/graph.ts';
import type { Drawing } from './drawing.ts';
import type { Point } from './elk.ts';

/** Lengths are rounded to tenths of a pixel. */
export function placedGraph(graph: Graph, { width, height, plates, wires }: Drawing): PlacedGraph {
  const boxes = new Map(plates.map(({ plate, box }) => [plate.node.name, box]));
  const ways = new Map(wires.flatMap(({ link, all = [link], points }) => all.map((each) => [each, points])));
  return {
    lab: graph.lab,
    description: graph.description,
    source: graph.source,
    width: tenth(width),
    height: tenth(height),
    nodes: graph.nodes.map((node) => ({ ...node, box: roundedBox(boxes.get(node.name)!) })),
    links: graph.links.map((link) => ({ ...link, points: (ways.get(link) ?? []).map(roundedPoint) })),
    unreachable: graph.unreachable,
  };
}

function roundedBox({ x, y, width, height }: GraphBox): GraphBox {
  return { x: tenth(x), y: tenth(y), width: tenth(width), height: tenth(height) };
}

function roundedPoint({ x, y }: Point): Point {
  return { x: tenth(x), y: tenth(y) };
}

function tenth(length: number): number {
  return Math.round(length * 10) / 10;
}

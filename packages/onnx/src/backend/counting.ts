import type { Trace } from "@prune/graph";
import {
  batchOf,
  type Counting,
  costsOf,
  type Form,
  formsOf,
  type SizeOptions,
  shapeOf,
} from "@prune/graph/advanced";
import { wrap } from "@prune/graph/rules";
import { flatGraphOf, flatModel } from "../flat/flat-model.js";
import type { Model, Node } from "../model.js";
import { ints, type OnnxNode } from "../operators/node.js";
import { recordOf } from "../operators/operators.js";
import { subgraphs } from "../order.js";
import { packedBits } from "../read/packed.js";
import type { OnnxSource } from "../trace/source.js";
import { lengthOf } from "../write/rope.js";
import { splice } from "../write/splice.js";
import { noEdit } from "../write/write-model.js";
import { sourceOf } from "./source-of.js";

/** What a model of a trace costs by its parts: running statistics and states are stored, but are no parameters. */
export function countingOf(model: Model, trace: Trace, at: SizeOptions): Counting {
  const { graph } = model;
  const source = sourceOf(trace);
  const untrained = notTrained(source);
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const turnsOf = turnsIn(model, trace);
  const counting: Counting = {
    macs(at, sizes) {
      const node = source.nodes[at] as OnnxNode;
      if (contractsInside(node)) return undefined;
      const { macs } = recordOf(node) ?? {};
      if (!macs) return 0;
      const turns = turnsOf(node.index);
      return turns === undefined ? undefined : turns * macs(sizes, node);
    },
    parameters({ tensor, shape }) {
      const { dtype, filled } = source.weight(tensor) ?? { dtype: "float32" };
      if (filled && !filled.layer) return 0;
      const isWeight = /float/.test(dtype) ? shape.length > 0 : /int8|other/.test(dtype) && shape.length > 1;
      return isWeight && !untrained.has(tensor) ? count(shape) : 0;
    },
    bytes: (form) => bytesOf(source, form),
    batch: batchOf([...inputs, ...graph.outputs].map(({ shape }) => shape)),
    inputs: inputs.map(({ name, shape, elementType }) => ({ name, shape, isFloat: images.has(elementType) })),
    at,
  };
  const cheaper = cheaperBranches(model, trace, counting);
  return { ...counting, macs: (node, sizes) => (cheaper.has(node) ? 0 : counting.macs(node, sizes)) };
}

/** Types of images and signals: the floats and uint8. */
const images: ReadonlySet<number> = new Set([1, 2, 10, 11, 16]);

/** Whether a body of a node multiplies, which happens as often as only run time tells. */
const contractsInside = (node: Node): boolean =>
  subgraphs(node).some(({ nodes }) =>
    nodes.some((inner) => recordOf(inner)?.macs !== undefined || contractsInside(inner)),
  );

/** How often a run comes by a node of a flat graph; undefined inside of a loop whose turns only run time tells. */
function turnsIn(model: Model, trace: Trace): (index: number) => number | undefined {
  const flat = flatGraphOf(flatModel(model));
  if (!flat?.branches.some(({ carried }) => carried !== undefined)) return () => 1;
  const starts = new Map([...flat.begins].map(([at, branch]) => [branch, flat.nodes[at]]));
  const each = flat.branches.map(({ node, carried }, branch): number | undefined => {
    if (carried === undefined) return 1;
    if (node.op !== "Scan") return undefined;
    const layout = trace.tensors.get(starts.get(branch)?.inputs[carried] ?? "")?.layout;
    const length = layout && shapeOf(layout)[wrap(ints(node, "scan_input_axes")?.[0] ?? 0, layout.rank)];
    return typeof length === "number" ? length : undefined;
  });
  return (index) => {
    let turns: number | undefined = 1;
    for (let region = flat.regions[index]; region && turns !== undefined; region = region.parent) {
      const more = each[region.branch];
      turns = more === undefined ? undefined : turns * more;
    }
    return turns;
  };
}

const known = new WeakMap<Trace, ReadonlySet<number>>();

/** Nodes of the branch that costs less, of each If: a run takes one of them. */
function cheaperBranches(model: Model, trace: Trace, counting: Counting): ReadonlySet<number> {
  const found = known.get(trace) ?? findCheaper(model, trace, counting);
  known.set(trace, found);
  return found;
}

function findCheaper(model: Model, trace: Trace, counting: Counting): ReadonlySet<number> {
  const flat = flatGraphOf(flatModel(model));
  if (!flat) return new Set();
  const costs = costsOf(trace, { ...counting, parameters: () => 0 });
  const places = sourceOf(trace).nodes.map(({ index }) => index);
  const skipped = new Set<number>();
  // What can't be counted counts as dear, so that it shows. Inner branches come behind those around them.
  for (let branch = flat.branches.length - 1; branch >= 0; branch--) {
    if (flat.branches[branch]?.carried !== undefined) continue;
    const sides: [number[], number[]] = [[], []];
    places.forEach((index, at) => {
      for (let region = flat.regions[index]; region; region = region.parent)
        if (region.branch === branch) sides[region.taken].push(at);
    });
    const [no, yes] = sides.map((side) =>
      side.reduce(
        (sum, at) => sum + (skipped.has(at) ? 0 : (costs[at]?.macs ?? Number.POSITIVE_INFINITY)),
        0,
      ),
    ) as [number, number];
    for (const at of sides[no < yes ? 0 : 1]) skipped.add(at);
  }
  return skipped;
}

/** Bytes of the model's file, and of its weights beside it. */
export function storedBytes(model: Model, trace: Trace): number {
  const source = sourceOf(trace);
  const outside = formsOf(trace).filter(({ tensor }) => source.weight(tensor)?.external);
  return outside.reduce((sum, form) => sum + bytesOf(source, form), fileBytes(model));
}

const wholes = new WeakMap<Model, number>();

/** Bytes of the model's own file, or of what it became by being made flat. */
function fileBytes(model: Model): number {
  if (!model.outlined) return model.source.length;
  const known = wholes.get(model) ?? lengthOf(splice(model, noEdit));
  wholes.set(model, known);
  return known;
}

function bytesOf(source: OnnxSource, { tensor, shape }: Form): number {
  const weight = source.weight(tensor);
  if (weight?.filled) return 0;
  const bits = weight ? packedBits(weight.elementType) : undefined;
  if (bits !== undefined) return Math.ceil((count(shape) * bits) / 8);
  return count(shape) * (weight ? (weight.elementBytes ?? 0) : 4);
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Running statistics, states before the first step, and single numbers that scale. */
function notTrained(source: OnnxSource): Set<string> {
  const found = new Set<string>();
  for (const node of source.nodes) {
    const { untrained = [], scales = false } = recordOf(node) ?? {};
    for (const i of untrained) found.add(node.inputs[i] ?? "");
    for (const name of scales ? node.inputs : [])
      if (source.weight(name)?.shape.every((size) => size === 1)) found.add(name);
  }
  return found;
}

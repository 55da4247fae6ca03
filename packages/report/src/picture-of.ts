import type { Backend, Cost, Cut, GraphNode, Trace } from "@prune/graph";
import { type Dim, type NodeCost, shapeOf } from "@prune/graph/advanced";
import { pathsOf } from "./paths.js";
import type { Picture, PictureNode, PictureTensor } from "./picture.js";

/** What of a network is drawn. */
export interface PictureOptions {
  /** What the model is called. */
  readonly model: string;
  /** What was cut, where the picture is to show what became of each tensor. */
  readonly cut?: Cut | undefined;
  /** A node's attributes, printed. */
  readonly attributes?: (node: GraphNode) => Readonly<Record<string, string>>;
}

/** The picture of a traced model: every node that does not follow from stored values alone. */
export function pictureOf<Model>(
  model: Model,
  backend: Pick<Backend<Model>, "cost" | "costs">,
  trace: Trace,
  { model: title, cut, attributes }: PictureOptions,
): Picture {
  const { source } = trace;
  const { costs: before, cost } = costsBefore(model, backend, trace);
  const after = cut ? backend.costs(model, trace, cut) : before;
  const { shown, nodes, edges, stored, paths, frozen } = frameOf(trace);
  const tensor = tensorsOf(trace, cut);
  return {
    format: "prune-picture/1",
    model: title,
    nodes: nodes.map((node, place): PictureNode => {
      const i = shown[place] as number;
      const [old, now] = [before[i], after[i]];
      return {
        name: node.name || (node.outputs[0] ?? ""),
        op: node.op,
        path: paths[place] ?? [],
        inputs: node.inputs.filter((name) => name !== ""),
        outputs: node.outputs.filter((name) => name !== "").map(tensor),
        parameters: (stored[place] ?? []).map(tensor),
        ...(attributes && { attributes: attributes(node) }),
        macs: old?.macs ?? null,
        weights: old?.parameters ?? 0,
        macsAfter: now?.macs ?? null,
        weightsAfter: now?.parameters ?? 0,
        frozen: frozen[place] ?? [],
      };
    }),
    edges,
    inputs: source.inputs.filter(({ name }) => !source.isConstant(name)).map(({ name }) => tensor(name)),
    outputs: source.outputs.map(tensor),
    before: cost,
    ...(cut && { after: backend.cost(model, trace, cut) }),
  };
}

interface Costs {
  readonly costs: readonly NodeCost[];
  readonly cost: Cost;
}

const known = new WeakMap<Trace, { readonly backend: unknown; readonly costs: Costs }>();

/** What the whole costs, counted once for who draws many cuts of it. */
function costsBefore<Model>(
  model: Model,
  backend: Pick<Backend<Model>, "cost" | "costs">,
  trace: Trace,
): Costs {
  const last = known.get(trace);
  if (last?.backend === backend) return last.costs;
  const costs = { costs: backend.costs(model, trace), cost: backend.cost(model, trace) };
  known.set(trace, { backend, costs });
  return costs;
}

/** What is the same in every picture of a trace, whatever a cut removes. */
interface Frame {
  /** Places of the shown nodes among those of the trace. */
  readonly shown: readonly number[];
  readonly nodes: readonly GraphNode[];
  readonly edges: Picture["edges"];
  /** Of each node, the stored tensors that it reads. */
  readonly stored: readonly (readonly string[])[];
  readonly paths: readonly (readonly string[])[];
  readonly frozen: readonly (readonly string[])[];
}

const frames = new WeakMap<Trace, Frame>();

function frameOf(trace: Trace): Frame {
  const known = frames.get(trace) ?? makeFrame(trace);
  frames.set(trace, known);
  return known;
}

function makeFrame(trace: Trace): Frame {
  const { source } = trace;
  const shown = source.nodes.flatMap((node, i) =>
    node.outputs.every((name) => name === "" || source.isConstant(name)) ? [] : [i],
  );
  const nodes = shown.map((i) => source.nodes[i] as GraphNode);
  const makers = new Map(
    nodes.flatMap(({ outputs }, place) => outputs.map((name) => [name, place] as const)),
  );
  const edges = edgesOf(nodes, makers);
  const from = nodes.map((): number[] => []);
  for (const [a, b] of edges) from[b]?.push(a);
  const behind = storedBehind(trace);
  const stored = nodes.map(({ inputs }) => [
    ...new Set(inputs.filter((name) => name !== "" && source.isConstant(name)).flatMap(behind)),
  ]);
  const paths = pathsOf(
    nodes.map(({ name, outputs, module }, place) => ({
      name,
      outputs,
      module,
      parameters: stored[place] ?? [],
      from: from[place] ?? [],
    })),
  );
  const reasons = frozenByTensor(trace);
  const frozen = stored.map((names) => [...new Set(names.flatMap((name) => reasons.get(name) ?? []))]);
  return { shown, nodes, edges, stored, paths, frozen };
}

/**
 * A constant with the parameters that it is computed from: nodes that run on stored values alone are not shown, and what
 * they read belongs to the node that reads their result.
 */
function storedBehind({ source, parameters }: Trace): (constant: string) => readonly string[] {
  const makers = new Map(source.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const cut = new Set(parameters.map(({ tensor }) => tensor));
  const known = new Map<string, readonly string[]>();
  const leaves = (name: string): readonly string[] => {
    const before = known.get(name);
    if (before) return before;
    known.set(name, []);
    const maker = makers.get(name);
    const found = maker
      ? [...new Set(maker.inputs.filter((input) => source.isConstant(input)).flatMap(leaves))]
      : cut.has(name)
        ? [name]
        : [];
    known.set(name, found);
    return found;
  };
  return (name) => [name, ...leaves(name)];
}

function edgesOf(
  nodes: readonly GraphNode[],
  makers: ReadonlyMap<string, number>,
): (readonly [number, number])[] {
  return nodes.flatMap(({ inputs, captures = [] }, to) => {
    const all = [...inputs, ...captures].flatMap((name) => makers.get(name) ?? []);
    return [...new Set(all)].map((from) => [from, to] as const);
  });
}

/** Tensors with their shapes before and after a cut. */
function tensorsOf(trace: Trace, cut: Cut | undefined): (name: string) => PictureTensor {
  const parameters = new Map(trace.parameters.map((parameter) => [parameter.tensor, parameter]));
  const print = (shape: readonly Dim[]): string => `[${shape.join(", ")}]`;
  return (name) => {
    const parameter = parameters.get(name);
    const layout = trace.tensor(name)?.layout;
    const stored = parameter?.shape ?? trace.source.parameter(name);
    const shape = stored ? print(stored) : layout ? print(shapeOf(layout)) : "?";
    if (!cut) return { name, shape };
    const left = parameter ? print(cut.shapeLeft(parameter)) : layout ? print(cut.shape(layout)) : shape;
    return left === shape ? { name, shape } : { name, shape, after: left };
  };
}

function frozenByTensor(trace: Trace): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { tensor, dim, reason } of trace.frozen())
    found.set(tensor, [...(found.get(tensor) ?? []), `dim ${dim}: ${reason}`]);
  return found;
}

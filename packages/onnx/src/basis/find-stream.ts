import type { Family, Trace } from "@prune/graph";
import { type Layout, Note } from "@prune/graph/advanced";
import type { Model } from "../model.js";
import type { OnnxNode } from "../operators/node.js";
import { operatorName } from "../operators/operators.js";
import { type Linear, linearLayers } from "../refit/linear.js";
import type { OnnxSource } from "../trace/source.js";

/** A stored tensor with the axis of a stream, and where along it each unit of the stream lies. */
export interface StreamParameter {
  readonly tensor: string;
  readonly dim: number;
  readonly places: Int32Array;
}

/** A norm over a stream, and the layers that read what it gives. */
export interface StreamNorm {
  readonly node: OnnxNode;
  readonly readers: readonly Linear[];
}

/** A residual stream that linear maps write and norms read, so that any rotation of it changes nothing. */
export interface Stream {
  readonly width: number;
  /** The norms subtract means: LayerNormalization. */
  readonly centred: boolean;
  readonly norms: readonly StreamNorm[];
  /** Weights, biases and constants that are added. */
  readonly written: readonly StreamParameter[];
  /** Weights of the layers that read a norm. */
  readonly read: readonly (StreamParameter & { readonly norm: OnnxNode })[];
  /** Units along the inputs of norms, by position. */
  readonly units: Int32Array;
}

/** Ops that pass a stream on, whatever basis it is in. */
const passing: ReadonlySet<string> = new Set(
  (
    "Add Sub Sum Identity Concat Reshape Transpose Slice Gather Split Squeeze Unsqueeze Expand Flatten ReduceMean " +
    "ReduceSum GlobalAveragePool AveragePool Dropout Shape"
  ).split(" "),
);

const linear: ReadonlySet<string> = new Set(["MatMul", "Gemm", "Conv"]);

/** Streams of a model that can be rotated; none where something on the way depends on the basis. */
export function findStreams(model: Model, source: OnnxSource, trace: Trace): Stream[] {
  const layers = new Map(linearLayers(model).map((layer) => [layer.node.index, layer]));
  const makers = new Map(source.nodes.map((node) => [node.outputs[0] ?? "", node]));
  return trace.families
    .filter(({ kind, notes }) => kind === "channels" && (notes & Note.norm) !== 0)
    .flatMap((family) => streamOf({ source, trace, layers, makers }, family) ?? []);
}

interface Net {
  readonly source: OnnxSource;
  readonly trace: Trace;
  /** By the node's place in the file. */
  readonly layers: ReadonlyMap<number, Linear>;
  /** By the first output. */
  readonly makers: ReadonlyMap<string, OnnxNode>;
}

function streamOf({ source, trace, layers, makers }: Net, family: Family): Stream | undefined {
  const width = family.units.length;
  const unitAt = new Map(Array.from(family.units, (unit, i) => [unit, i]));
  /** Units by position, where an axis is the stream and nothing else. */
  const unitsOf = (ids: Int32Array): Int32Array | "other" | "mixed" => {
    const found = Int32Array.from(ids, (id) => {
      const [atom, ...others] = trace.atomsOf(id);
      return atom === undefined || others.length > 0 ? -1 : (unitAt.get(trace.unitOf(atom)) ?? -1);
    });
    if (found.every((unit) => unit < 0)) return touches(ids) ? "mixed" : "other";
    return found.length === width && new Set(found).size === width && !found.includes(-1) ? found : "mixed";
  };
  const touches = (ids: Int32Array): boolean =>
    ids.some((id) => trace.atomsOf(id).some((atom) => unitAt.has(trace.unitOf(atom))));
  const streamIn = (layout: Layout | undefined): { dim: number; units: Int32Array } | "mixed" | undefined => {
    for (const { at, ids } of layout?.blocks ?? []) {
      const units = unitsOf(ids);
      if (units === "other") continue;
      const dim = layout?.owner[at[0] as number] as number;
      const isAlone = at.length === 1 && layout?.owner.filter((owner) => owner === dim).length === 1;
      return units === "mixed" || !isAlone ? "mixed" : { dim, units };
    }
    return undefined;
  };

  const parameters = new Map<string, StreamParameter>();
  for (const { tensor, selectors, derived, use } of trace.parameters)
    for (const { view, dims, ids } of selectors) {
      const units = unitsOf(ids);
      if (units === "other") continue;
      const [dim] = dims;
      const stored = source.weight(tensor);
      const isPlain = dims.length === 1 && view.join() === stored?.shape.join() && stored.dtype === "float32";
      if (units === "mixed" || derived || use || dim === undefined || !isPlain) return undefined;
      if (parameters.has(tensor)) return undefined;
      const places = new Int32Array(width);
      units.forEach((unit, place) => {
        places[unit] = place;
      });
      parameters.set(tensor, { tensor, dim, places });
    }

  /** Tensors of the stream: before any norm, or the norm that they come of. */
  const states = new Map<string, "raw" | OnnxNode>();
  const read = new Map<string, StreamParameter & { readonly norm: OnnxNode }>();
  const readers = new Map<OnnxNode, Linear[]>();
  const affine = new Set<string>();
  let units: Int32Array | undefined;
  let centred: boolean | undefined;
  for (const node of source.nodes) {
    if (node.outputs.every((name) => name === "" || source.isConstant(name))) continue;
    const inside = node.outputs.map((name) => streamIn(trace.tensors.get(name)?.layout));
    if (inside.includes("mixed")) return undefined;
    const comes = node.inputs.filter((name) => states.has(name));
    const gives = node.outputs.filter((_, i) => inside[i] !== undefined);
    const uses = node.inputs.flatMap((name) => originOf(makers, name, parameters) ?? []);
    if (comes.length === 0 && gives.length === 0) continue;
    const op = operatorName(node);
    if (op === "LayerNormalization") {
      const at = streamIn(trace.tensors.get(node.inputs[0] as string)?.layout);
      const last = trace.tensors.get(node.inputs[0] as string)?.layout?.rank;
      if (states.get(node.inputs[0] as string) !== "raw" || !at || at === "mixed") return undefined;
      if (at.dim !== (last ?? 0) - 1 || node.outputs.slice(1).some((name) => name !== "")) return undefined;
      units ??= at.units;
      if (units.join() !== at.units.join()) return undefined;
      centred = true;
      readers.set(node, []);
      for (const { tensor } of uses) affine.add(tensor);
      states.set(node.outputs[0] as string, node);
    } else if (linear.has(op)) {
      const layer = layers.get(node.index);
      if (!layer) return undefined;
      const [from] = comes;
      if (from !== undefined) {
        const norm = states.get(from);
        const [weight] = uses.filter(({ tensor }) => tensor === layer.place.matrix.weight.name);
        if (norm === "raw" || !norm || !weight || layer.input !== from || layer.groups > 1) return undefined;
        if (!layer.place.matrix.alone || layer.window?.kernel.some((size) => size > 1)) return undefined;
        // A weight that both reads and writes the stream has two of its axes.
        if (gives.length > 0) return undefined;
        read.set(weight.tensor, { ...weight, norm });
        readers.get(norm)?.push(layer);
      }
      for (const name of gives) states.set(name, "raw");
    } else if (passing.has(op)) {
      const found = new Set(comes.map((name) => states.get(name)));
      const [state] = found;
      if (found.size > 1 || (gives.length > 0 && state === undefined && uses.length === 0)) return undefined;
      if (state !== "raw" && state !== undefined && uses.length > 0) return undefined;
      // A mean over the stream itself is no longer it.
      if (op !== "Shape" && gives.length === 0) return undefined;
      if (op === "Sub" && uses.length === 0 && comes.length < 2) return undefined;
      for (const name of gives) states.set(name, state ?? "raw");
    } else return undefined;
  }
  if (!units || centred === undefined || source.outputs.some((name) => states.has(name))) return undefined;
  const written = [...parameters.values()].filter(({ tensor }) => !read.has(tensor) && !affine.has(tensor));
  const norms = [...readers].map(([node, list]) => ({ node, readers: list }));
  return { width, centred, norms, written, read: [...read.values()], units };
}

/** The parameter of the stream that an input is, or moves. */
function originOf(
  makers: ReadonlyMap<string, OnnxNode>,
  input: string,
  parameters: ReadonlyMap<string, StreamParameter>,
): StreamParameter | undefined {
  let name = input;
  for (;;) {
    const found = parameters.get(name);
    if (found) return found;
    const node = makers.get(name);
    if (!node || (node.op !== "Transpose" && node.op !== "Identity")) return undefined;
    name = node.inputs[0] ?? "";
  }
}

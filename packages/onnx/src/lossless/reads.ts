import { wrap } from "@prune/graph/rules";
import { int, ints, type OnnxNode } from "../operators/node.js";
import { isStandard } from "../operators/operators.js";
import { channelsOf } from "./channels.js";
import { contractionOf } from "./contraction.js";
import { constantOf } from "./facts.js";
import type { Contraction, View } from "./view.js";

/** What becomes of a channel where a node reads it. */
export type Read =
  /** Its cells stay apart from all others, or nothing depends on them. */
  | { readonly kind: "passes" }
  /** Others are sums over it. */
  | { readonly kind: "summed"; readonly of: Contraction }
  | { readonly kind: "refused"; readonly why: string };

const passes: Read = { kind: "passes" };
const refused = (why: string): Read => ({ kind: "refused", why });

/** How a node reads the cells of a name in its i-th input. */
export function readOf(node: OnnxNode, i: number, name: number, view: View): Read {
  const input = node.inputs[i] as string;
  const dims = view.names(input).get(name) ?? [];
  if (!isStandard(node) && !node.own) return refused(`${node.op} of ${node.domain} reads it`);
  if (node.shuffle) return refused("it is part of a channel shuffle");
  if (node.op === "Shape" || node.op === "Size") return passes;
  const contraction = contractionOf(node, view);
  if (contraction && i === 0) return summed(contraction, dims);
  if (node.op === "MatMul") return multiplied(node, i, name, dims, view);
  const why = mixes(node, i, dims, view);
  if (why !== undefined) return refused(why);
  const lost = channelsOf(node) !== "moved" && !view.names(node.outputs[0] ?? "").has(name);
  return lost ? refused(`${node.op} reads it`) : passes;
}

function summed(of: Contraction, dims: readonly number[]): Read {
  if (!dims.includes(of.inDim))
    return of.node.op === "MatMul" ? passes : refused(`${of.node.op} slides over it`);
  return dims.length === 1 ? { kind: "summed", of } : refused(`${of.node.op} reads it in two dims`);
}

/** A product of two activations: a term is nothing where either side is zero. */
function multiplied(node: OnnxNode, i: number, name: number, dims: readonly number[], view: View): Read {
  const [left = "", right = ""] = node.inputs;
  const rank = view.rank(i === 0 ? left : right);
  const summedDim = i === 0 ? rank - 1 : Math.max(0, rank - 2);
  if (!dims.includes(summedDim)) return passes;
  const isZero = [left, right].some((side) => constantOf(view, side, name) === 0);
  return isZero ? passes : refused("MatMul sums over it");
}

/** Why other cells would depend on those of a channel. */
function mixes(node: OnnxNode, i: number, dims: readonly number[], view: View): string | undefined {
  const { op } = node;
  const why = `${op} reads it`;
  const channels = channelsOf(node);
  if (/^(rising|curved|paired|beside)$/.test(channels)) return undefined;
  if (channels === "moved") return i === 0 || op === "Concat" ? undefined : why;
  if (op === "Pad") return i === 0 ? undefined : why;
  if (channels.startsWith("spatial")) return i === 0 && dims.join() === "1" ? undefined : why;
  const rank = view.rank(node.inputs[i] as string);
  if (channels.startsWith("reduced"))
    return reducedDims(node, rank, view)?.some((d) => dims.includes(d)) === false ? undefined : why;
  if (op === "Softmax" || op === "LogSoftmax") {
    const axis = wrap(int(node, "axis", node.opset < 13 ? 1 : -1), rank);
    return dims.some((d) => (node.opset < 13 ? d >= axis : d === axis)) ? why : undefined;
  }
  if (op === "LayerNormalization" || op === "RMSNormalization") {
    const axis = wrap(int(node, "axis", -1), rank);
    return i === 0 && dims.every((d) => d < axis) ? undefined : why;
  }
  return why;
}

function reducedDims(node: OnnxNode, rank: number, view: View): number[] | undefined {
  const all = Array.from({ length: rank }, (_, d) => d);
  if (node.op.startsWith("Arg")) return [wrap(int(node, "axis", 0), rank)];
  const stated = ints(node, "axes");
  const name = node.inputs[1] ?? "";
  const given = stated ?? (name === "" ? [] : view.source.integers(name));
  if (!given) return undefined;
  if (given.length === 0) return int(node, "noop_with_empty_axes", 0) === 1 ? [] : all;
  return given.map((d) => wrap(d, rank));
}

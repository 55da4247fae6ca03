import { wrap } from "@prune/backend";
import type { Dim, Kit } from "@prune/graph";
import { has, ints, type OnnxNode } from "../operators/node.js";

type Claim = (node: OnnxNode, kit: Kit) => boolean;

const rank = (kit: Kit, input: number): number | undefined => kit.raw(input)?.layout?.rank;

const notOfRank =
  (want: number): Claim =>
  (_, kit) => {
    const found = rank(kit, 0);
    return found !== undefined && found !== want;
  };

const otherRankThanWeights: Claim = (_, kit) => {
  const [x, w] = [rank(kit, 0), rank(kit, 1)];
  return x !== undefined && w !== undefined && x !== w;
};

/** A dim that is to go but has more than one position, or lies beyond the rank. */
const squeezesMore: Claim = (node, kit) => {
  const value = kit.raw(0);
  const given = ints(node, "axes") ?? (has(node, 1) ? kit.raw(1)?.data : undefined);
  if (!value?.layout || !given?.every((d) => typeof d === "number")) return false;
  const dims: readonly Dim[] = kit.shape(value);
  return given.some((d) => {
    const size = dims[wrap(d as number, dims.length)];
    return size === undefined || (typeof size === "number" && size !== 1);
  });
};

/** Operators by what makes every runtime refuse them. */
const claims: Readonly<Record<string, Claim>> = {
  LSTM: notOfRank(3),
  GRU: notOfRank(3),
  RNN: notOfRank(3),
  Gemm: notOfRank(2),
  Conv: otherRankThanWeights,
  ConvTranspose: otherRankThanWeights,
  Squeeze: squeezesMore,
};

/** Whether a node can't run on inputs of the ranks and sizes that it gets. */
export function cannotRun(node: OnnxNode, kit: Kit): boolean {
  const isStandard = node.domain === "" && Object.hasOwn(claims, node.op);
  return isStandard && (claims[node.op] as Claim)(node, kit);
}

import { range } from "@prune/graph/rules";
import { channelDim, flag, ints, type TfNode } from "./node.js";

/** A shape as far as it is known: its rank, and some of its sizes. */
export type Demand = readonly (number | undefined)[];

/** What is known of a graph before it is traced. */
export interface Known {
  /** Shape of a tensor that follows from stored values alone. */
  shape(name: string): readonly number[] | undefined;
  /** Its contents, of a small tensor of integers. */
  integers(name: string): readonly number[] | undefined;
}

/** Two statements about one tensor; undefined where they can't both hold. */
export function agreed(a: Demand | undefined, b: Demand): Demand | undefined {
  if (!a) return b;
  if (a.length !== b.length || a.some((size, d) => (size ?? b[d]) !== (b[d] ?? size))) return undefined;
  return a.map((size, d) => size ?? b[d]);
}

/** The shape that an input of a node must have, from what is known of its outputs and other inputs. */
export type Reader = (
  node: TfNode,
  input: number,
  outputs: readonly (Demand | undefined)[],
  known: Known,
) => Demand | undefined;

const open = (rank: number): undefined[] => new Array<undefined>(rank).fill(undefined);

/** A rank, with channels where the node's format has them. */
const images = (node: TfNode, rank: number, channels: number | undefined): Demand =>
  open(rank).map((_, d) => (d === channelDim(node, rank) ? channels : undefined));

/** Reads images at one input; a stored tensor says how many channels they have. */
export const takesImages =
  (at: number, weight: number, dim: number, rank: (shape: readonly number[]) => number): Reader =>
  (node, input, _, known) => {
    const shape = input === at ? known.shape(node.inputs[weight] ?? "") : undefined;
    return shape && images(node, rank(shape), shape.at(dim));
  };

export const multiplies =
  (left: string, right: string): Reader =>
  (node, input, outputs, known) => {
    if (input > 1) return undefined;
    const other = known.shape(node.inputs[1 - input] ?? "");
    if (other?.length !== 2) return undefined;
    const turned = flag(node, [left, right][input] as string);
    const otherTurned = flag(node, [left, right][1 - input] as string);
    const inner = other[(input === 0) === otherTurned ? 1 : 0];
    const outer = outputs[0]?.[input];
    const sizes = input === 0 ? [outer, inner] : [inner, outer];
    return turned ? sizes.reverse() : sizes;
  };

/** Spatial dims change, batch and channels don't. */
export const keepsFrame =
  (rank: number): Reader =>
  (node, input, [y]) =>
    input === 0 ? images(node, rank, y?.length === rank ? y[channelDim(node, rank)] : undefined) : undefined;

export const likeOutput: Reader = (_, input, [y]) => (input === 0 ? y : undefined);

export const biased: Reader = (node, input, [y], known) => {
  const channels = known.shape(node.inputs[1] ?? "")?.[0];
  if (input !== 0 || !y || channels === undefined) return undefined;
  return agreed(y, images(node, y.length, channels)) ?? y;
};

/** Beside a constant of a lower rank, the other operand has the rank of the result. */
export const besideConstant: Reader = (node, input, [y], known) => {
  if (!y || node.inputs.length !== 2) return undefined;
  const other = known.shape(node.inputs[1 - input] ?? "");
  if (!other || (other.length >= y.length && y.length > 0)) return undefined;
  const lead = y.length - other.length;
  return y.map((size, d) => (d < lead || other[d - lead] === 1 ? size : undefined));
};

export const padded: Reader = (node, input, [y], known) => {
  const widths = known.integers(node.inputs[1] ?? "");
  if (input !== 0 || !widths) return undefined;
  return range(widths.length / 2).map((d) => {
    const size = y?.length === widths.length / 2 ? y[d] : undefined;
    return size === undefined ? undefined : size - (widths[2 * d] as number) - (widths[2 * d + 1] as number);
  });
};

export const transposed: Reader = (node, input, [y], known) => {
  const perm = known.integers(node.inputs[1] ?? "");
  if (input !== 0 || !perm) return undefined;
  return range(perm.length).map((d) => (y?.length === perm.length ? y[perm.indexOf(d)] : undefined));
};

export const expanded: Reader = (node, input, [y], known) => {
  const [axis] = known.integers(node.inputs[1] ?? "") ?? [];
  if (input !== 0 || !y || axis === undefined) return undefined;
  return y.filter((_, d) => d !== (axis < 0 ? axis + y.length : axis));
};

/** Without stated dims, all of size 1 go: something without dims may be what is squeezed. */
export const squeezed: Reader = (node, input, [y]) => {
  if (input !== 0 || !y) return undefined;
  const gone = ints(node, "squeeze_dims") ?? ints(node, "axis") ?? [];
  if (gone.length === 0) return y.length === 0 ? [] : undefined;
  const rank = y.length + gone.length;
  const at = new Set(gone.map((d) => (d < 0 ? d + rank : d)));
  const rest = [...y];
  return range(rank).map((d) => (at.has(d) ? 1 : rest.shift()));
};

/** Images of any size. */
export const image: Reader = (node, input) => (input === 0 ? images(node, 4, undefined) : undefined);

/** A way to go is one flag; the other input is what comes out. */
export const switched: Reader = (_, input, [no, yes]) => (input === 1 ? [] : (no ?? yes));

/** Every input lies side by side with the output at its place. */
export const likeOwnOutput: Reader = (_, input, outputs) => outputs[input];

/** Every input is like the first output. */
export const likeAll: Reader = (_, __, [y]) => y;

/** One flag. */
export const scalar: Reader = () => [];

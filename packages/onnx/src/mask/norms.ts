import { wrap } from "@prune/graph/rules";
import { OnnxError } from "../errors.js";
import { has, int, ints } from "../operators/node.js";
import { type } from "./element-types.js";
import { affineOf, epsilonOf, finish, name, perChannel, statisticsOf } from "./ends.js";
import { typeOf } from "./gate.js";
import { excess, type Mask } from "./mask.js";
import type { Masker, Masking } from "./masking.js";
import { type Sample, sample, standardise } from "./statistics.js";

/** Takes over from a node when statistics run over dead cells. */

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** The mask of a tensor if a statistic over `dims` would see dead cells beside living ones. */
function affected(
  masking: Masking,
  tensor: string,
  dims: (rank: number) => readonly number[],
): Mask | undefined {
  const mask = masking.mask(tensor);
  return mask && excess(mask, dims(mask.rank)) ? mask : undefined;
}

/** Normalises over the last dims: LayerNormalization and RMSNormalization in all their forms. */
export const layerNorm =
  (centre: boolean): Masker =>
  (node, masking) => {
    const dims = (rank: number): number[] => range(wrap(int(node, "axis", -1), rank), rank);
    const mask = affected(masking, node.inputs[0] as string, dims);
    if (!mask) return;
    masking.remove(node);
    const x = sample(masking.writer, node.inputs[0] as string, mask);
    const done = standardise(masking.writer, x, { ...epsilonOf(node), centre, dims: dims(mask.rank) });
    statisticsOf(masking.writer, node, done, x, centre ? [1, 2] : [2, 1]);
    finish(
      masking.writer,
      node,
      done.tensor,
      x.elementType,
      affineOf(masking.writer, node, [1, 2], x.elementType),
    );
  };

/** com.microsoft: input + skip (+ bias), normalised over the last dim. */
export const skipNorm =
  (centre: boolean): Masker =>
  (node, masking) => {
    const { writer } = masking;
    const at = centre ? { shift: 3, bias: 4 } : { shift: -1, bias: 3 };
    const mask = affected(masking, node.inputs[0] as string, (rank) => [rank - 1]);
    if (!mask) return;
    masking.remove(node);
    const terms = [0, 1, at.bias]
      .filter((i) => has(node, i))
      .map((i) => sample(writer, node.inputs[i] as string, mask));
    const [first, ...rest] = terms as [Sample, ...Sample[]];
    const sum = rest.reduce((total, { tensor }) => writer.emit("Add", [total, tensor]), first.tensor);
    const x = { ...first, tensor: sum };
    const done = standardise(writer, x, { ...epsilonOf(node, 1e-12), centre, dims: [mask.rank - 1] });
    statisticsOf(masking.writer, node, done, x, [1, 2]);
    name(writer, sum, node.outputs[3], x.elementType, typeOf(writer, node.inputs[0] as string));
    finish(
      masking.writer,
      node,
      done.tensor,
      x.elementType,
      affineOf(masking.writer, node, [2, at.shift], x.elementType),
    );
  };

/** com.microsoft: three tables looked up and added, normalised; the node keeps making the sum. */
export const embedNorm: Masker = (node, masking) => {
  const { writer } = masking;
  const output = node.outputs[0] as string;
  const mask = affected(masking, output, (rank) => [rank - 1]);
  if (!mask) return;
  const sum = node.outputs[2] || writer.draft.unused(`${output}_sum`);
  writer.draft.edit(node.index, {
    outputs: [writer.draft.unused(`${output}_unmasked`), node.outputs[1] ?? "", sum],
  });
  writer.before = node.index + 1;
  const to = typeOf(writer, node.inputs[2] as string);
  const elementType = to === type.float64 ? to : type.float32;
  const x = { tensor: writer.cast(sum, to, elementType), elementType, mask };
  const done = standardise(writer, x, { ...epsilonOf(node, 1e-12), dims: [mask.rank - 1] });
  finish(masking.writer, node, done.tensor, elementType, affineOf(masking.writer, node, [5, 6], elementType));
};

/** Statistics over everything but batch and channel. */
export const instanceNorm: Masker = (node, masking) => {
  const { writer } = masking;
  const mask = affected(masking, node.inputs[0] as string, (rank) => range(2, rank));
  if (!mask) return;
  masking.remove(node);
  const x = sample(writer, node.inputs[0] as string, mask);
  const done = standardise(writer, x, { ...epsilonOf(node), dims: range(2, mask.rank) });
  finish(
    masking.writer,
    node,
    done.tensor,
    x.elementType,
    perChannel(masking.writer, node, [-1, ...range(2, mask.rank).map(() => 1)], x.elementType),
  );
};

/** Statistics over the channels of a group and everything beside them. */
export const groupNorm: Masker = (node, masking) => {
  const { writer } = masking;
  const tensor = node.inputs[0] as string;
  const whole = masking.mask(tensor);
  if (!whole) return;
  const groups = int(node, "num_groups", 1);
  const mask = grouped(tensor, whole, groups);
  if (!excess(mask, [2, 3])) return;
  masking.remove(node);
  const each = mask.factors[1] as number;
  const x = sample(writer, tensor, mask);
  const open = writer.emit("Reshape", [x.tensor, writer.integers([0, groups, each, -1])]);
  const done = standardise(writer, { ...x, tensor: open }, { ...epsilonOf(node), dims: [2, 3] });
  const beside = node.opset >= 21 ? [groups, each, 1] : [groups, 1, 1];
  const y = perChannel(masking.writer, node, beside, x.elementType).reduce(
    (now, [op, operand]) => writer.emit(op, [now, operand]),
    done.tensor,
  );
  finish(
    masking.writer,
    node,
    writer.emit("Reshape", [y, writer.emit("Shape", [tensor])]),
    x.elementType,
    [],
  );
};

/** The mask of [batch, groups, channels of a group, the rest]. */
function grouped(tensor: string, mask: Mask, groups: number): Mask {
  const own = range(0, mask.factors.length).filter((f) => mask.owner[f] === 1);
  const channels = own.reduce((n, f) => n * (mask.factors[f] as number), 1);
  if (mask.grids.some(({ at }) => at.some((f) => !own.includes(f))))
    throw new OnnxError("unmaskable", {
      tensor,
      why: "groups are normalised over other cut dims than their channels",
    });
  const flat = Uint8Array.from({ length: channels }, () => 1);
  for (const grid of mask.grids) {
    const sizes = own.map((f) => mask.factors[f] as number);
    const strides = own.map((f) => strideOf(mask, grid.at, f));
    for (let c = 0; c < channels; c++) {
      let [rest, at] = [c, 0];
      for (let d = own.length - 1; d >= 0; d--) {
        at += (rest % (sizes[d] as number)) * (strides[d] as number);
        rest = Math.floor(rest / (sizes[d] as number));
      }
      flat[c]! &= grid.values[at] as number;
    }
  }
  return {
    factors: [groups, channels / groups],
    owner: [1, 2],
    rank: 4,
    grids: [{ at: [0, 1], values: flat }],
  };
}

const strideOf = ({ factors }: Mask, at: readonly number[], factor: number): number =>
  at.includes(factor) ? at.slice(at.indexOf(factor) + 1).reduce((n, f) => n * (factors[f] as number), 1) : 0;

export const meanVarianceNorm: Masker = (node, masking) => {
  const dims = (rank: number): number[] => (ints(node, "axes") ?? [0, 2, 3]).map((d) => wrap(d, rank));
  const mask = affected(masking, node.inputs[0] as string, dims);
  if (!mask) return;
  masking.remove(node);
  const x = sample(masking.writer, node.inputs[0] as string, mask);
  const done = standardise(masking.writer, x, { dims: dims(mask.rank), epsilon: 1e-9, outside: true });
  finish(masking.writer, node, done.tensor, x.elementType, []);
};

import { shapeOf } from "@prune/graph/advanced";
import { range, wrap } from "@prune/graph/rules";
import { OnnxError } from "../errors.js";
import { type } from "../mask/element-types.js";
import { affineOf, epsilonOf, finish, name, perChannel, statisticsOf } from "../mask/ends.js";
import { typeOf, workType } from "../mask/gate.js";
import { every } from "../mask/gates.js";
import type { Writer } from "../mask/writer.js";
import { has, int, ints, type OnnxNode } from "../operators/node.js";
import { rescale } from "./rescale.js";
import { standardise } from "./standardise.js";
import type { Whole } from "./whole.js";

/** Norms that are one node: of root mean squares two numbers change, the others are spelled out. */

interface Floats {
  readonly tensor: string;
  readonly elementType: number;
}

/** An operand in a type that statistics are computed in. */
function operand(writer: Writer, node: OnnxNode, i: number): Floats {
  const from = typeOf(writer, node.inputs[i] as string);
  const elementType = workType(from) === type.float64 ? type.float64 : type.float32;
  return { tensor: writer.cast(writer.draft.operand(node.index, i), from, elementType), elementType };
}

/** The operands as edited so far are read before this. */
const remove = ({ draft }: Writer, node: OnnxNode): void => void draft.nodes.set(node.index, null);

/** Whether a node gives statistics beside what it normalises. */
const givesStatistics = ({ outputs }: OnnxNode): boolean => [1, 2].some((i) => (outputs[i] ?? "") !== "");

/** LayerNormalization and RMSNormalization over the last dims. */
export const layerNorm = (centre: boolean): Whole => ({
  mask: every(0),
  compensate(node, { writer, share: shareOf, rank: rankOf, source }) {
    const rank = rankOf(node.inputs[0] as string);
    const axis = wrap(int(node, "axis", -1), rank);
    const dims = range(rank - axis, axis);
    const share = shareOf(node.inputs[0] as string, dims);
    if (share === 1) return;
    const standard = epsilonOf(node);
    if (!centre && !givesStatistics(node) && rescale(node, 1, { writer, source, share, ...standard })) return;
    const x = operand(writer, node, 0);
    const done = standardise(writer, { ...x, share }, { ...standard, centre, dims });
    statisticsOf(writer, node, done, x, centre ? [1, 2] : [2, 1]);
    finish(writer, node, done.tensor, x.elementType, affineOf(writer, node, [1, 2], x.elementType));
    remove(writer, node);
  },
});

/** com.microsoft: input + skip (+ bias), normalised over the last dim. */
export const skipNorm = (centre: boolean): Whole => {
  const at = centre ? { shift: 3, bias: 4 } : { shift: -1, bias: 3 };
  return {
    mask: every(0, 1, at.bias),
    compensate(node, { writer, share: shareOf, rank, source }) {
      const dims = [rank(node.inputs[0] as string) - 1];
      const share = shareOf(node.inputs[0] as string, dims);
      if (share === 1) return;
      const standard = epsilonOf(node, 1e-12);
      if (!centre && !givesStatistics(node) && rescale(node, 2, { writer, source, share, ...standard }))
        return;
      const [first, ...rest] = [0, 1, at.bias]
        .filter((i) => has(node, i))
        .map((i) => operand(writer, node, i)) as [Floats, ...Floats[]];
      const { elementType } = first;
      const tensor = rest.reduce((sum, term) => writer.emit("Add", [sum, term.tensor]), first.tensor);
      const done = standardise(writer, { tensor, elementType, share }, { ...standard, centre, dims });
      statisticsOf(writer, node, done, first, [1, 2]);
      name(writer, tensor, node.outputs[3], elementType, typeOf(writer, node.inputs[0] as string));
      finish(writer, node, done.tensor, elementType, affineOf(writer, node, [2, at.shift], elementType));
      remove(writer, node);
    },
  };
};

/** com.microsoft: three tables looked up and added, normalised; the node keeps making the sum. */
export const embedNorm: Whole = {
  mask: every(2, 3, 4),
  compensate(node, { writer, share: shareOf, rank }) {
    const output = node.outputs[0] as string;
    const dims = [rank(output) - 1];
    const share = shareOf(output, dims);
    if (share === 1) return;
    const sum = node.outputs[2] || writer.draft.unused(`${output}_sum`);
    writer.draft.edit(node.index, {
      outputs: [writer.draft.unused(`${output}_of_left`), node.outputs[1] ?? "", sum],
    });
    writer.before = node.index + 1;
    const to = typeOf(writer, node.inputs[2] as string);
    const elementType = to === type.float64 ? to : type.float32;
    const x = { tensor: writer.cast(sum, to, elementType), elementType, share };
    const done = standardise(writer, x, { ...epsilonOf(node, 1e-12), dims });
    finish(writer, node, done.tensor, elementType, affineOf(writer, node, [5, 6], elementType));
  },
};

/** Statistics over everything but batch and channel. */
export const instanceNorm: Whole = {
  mask: every(0),
  compensate(node, { writer, share: shareOf, rank }) {
    const dims = range(rank(node.inputs[0] as string) - 2, 2);
    const share = shareOf(node.inputs[0] as string, dims);
    if (share === 1) return;
    const x = operand(writer, node, 0);
    const done = standardise(writer, { ...x, share }, { ...epsilonOf(node), dims });
    const beside = [-1, ...dims.map(() => 1)];
    finish(writer, node, done.tensor, x.elementType, perChannel(writer, node, beside, x.elementType));
    remove(writer, node);
  },
};

/** Statistics over the channels of a group and everything beside them. */
export const groupNorm: Whole = {
  mask: every(0),
  compensate(node, { writer, trace, cut }) {
    const tensor = node.inputs[0] as string;
    const layout = trace.tensors.get(tensor)?.layout;
    if (!layout) return;
    const [before, after] = [shapeOf(layout)[1] as number, cut.shape(tensor)[1] as number];
    const left = writer.draft.nodes.get(node.index)?.attributes?.get("num_groups");
    const groups = typeof left === "number" ? left : int(node, "num_groups", 1);
    const each = after / groups;
    const share = each / (before / int(node, "num_groups", 1));
    if (share === 1) return;
    const x = operand(writer, node, 0);
    const open = writer.emit("Reshape", [x.tensor, writer.integers([0, groups, each, -1])]);
    const standard = { ...epsilonOf(node), dims: [2, 3] };
    const done = standardise(writer, { ...x, tensor: open, share }, standard);
    const beside = node.opset >= 21 ? [groups, each, 1] : [groups, 1, 1];
    const y = perChannel(writer, node, beside, x.elementType).reduce(
      (now, [op, by]) => writer.emit(op, [now, by]),
      done.tensor,
    );
    const flat = writer.emit("Reshape", [y, writer.emit("Shape", [writer.draft.operand(node.index, 0)])]);
    finish(writer, node, flat, x.elementType, []);
    remove(writer, node);
  },
};

export const meanVarianceNorm: Whole = {
  mask: every(0),
  compensate(node, { writer, share: shareOf, rank }) {
    const x0 = node.inputs[0] as string;
    const dims = (ints(node, "axes") ?? [0, 2, 3]).map((d) => wrap(d, rank(x0)));
    const share = shareOf(x0, dims);
    if (share === 1) return;
    const x = operand(writer, node, 0);
    const done = standardise(writer, { ...x, share }, { dims, epsilon: 1e-9, outside: true });
    finish(writer, node, done.tensor, x.elementType, []);
    remove(writer, node);
  },
};

/** Where the runtime has no kernel that could prove it. */
export const unproven: Whole = {
  mask: every(0),
  compensate(node, { share, rank }) {
    const x = node.inputs[0] as string;
    const axis = int(node, "channels_last", 1) ? rank(x) - 1 : 1;
    if (share(x, [axis]) === 1) return;
    throw new OnnxError("norm-live-only", { tensor: node.outputs[0] ?? "", op: node.op });
  },
};

import { typeOf, workType } from "../mask/gate.js";
import { reducedDims } from "../mask/gates.js";
import { int } from "../operators/node.js";
import { withGone } from "./standardise.js";
import type { Whole } from "./whole.js";

/** A mean, also of squares around another mean. */
export const means: Whole = {
  mask(node, masking) {
    const dims = reducedDims(node, masking);
    if (!dims?.length) return;
    const centred = masking.centred(node);
    // Around its mean what is dead isn't zero, and counts as it is.
    if (!centred) masking.gate(node, 0);
    else {
      masking.writer.before = centred.difference.index;
      masking.gate(centred.difference, centred.input);
    }
  },
  compensate(node, { writer, trace, share, centred: centredOf }) {
    const dims = reducedDims(node, { trace });
    const input = node.inputs[0] as string;
    const left = dims?.length ? share(input, dims) : 1;
    if (left === 1) return;
    const output = node.outputs[0] as string;
    const of = writer.draft.unused(`${output}_of_left`);
    writer.draft.edit(node.index, { outputs: [of] });
    writer.before = node.index + 1;
    const type = typeOf(writer, output);
    const work = workType(type);
    const scalar = (value: number): string => writer.scalar(work, value);
    let mean = writer.emit("Mul", [writer.cast(of, type, work), scalar(left)]);
    const centred = centredOf(node);
    if (centred) {
      const around = writer.cast(centred.mean, typeOf(writer, centred.mean), work);
      const flat =
        int(node, "keepdims", 1) === 1
          ? around
          : writer.emit("Reshape", [around, writer.emit("Shape", [of])]);
      mean = withGone(writer, mean, flat, scalar(1 - left));
    }
    if (type === work) writer.emit("Identity", [mean], {}, output);
    else writer.emit("Cast", [mean], { to: type }, output);
  },
};

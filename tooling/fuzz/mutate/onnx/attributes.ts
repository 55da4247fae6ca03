import type {
  AttributeParts as Attribute,
  ModelParts,
} from "../../../../packages/onnx/test/files/build-model.js";
import type { Edits } from "../../mutant.js";
import type { Random } from "../../random.js";
import { floats, integer, names, resized } from "../nasty.js";
import { listOf, onNode } from "./parts.js";

function otherValue(attribute: Attribute, random: Random): string {
  switch (attribute.type) {
    case 1:
      attribute.f = random.pick(floats);
      return `${attribute.name} = ${attribute.f}`;
    case 2:
      attribute.i = integer(random);
      return `${attribute.name} = ${attribute.i}`;
    case 3:
      attribute.s = new TextEncoder().encode(
        random.pick([...names, "SAME_UPPER", "VALID", "bidirectional", "ij,jk->ik"]),
      );
      return `${attribute.name} = another text`;
    case 7:
      attribute.ints = resized((attribute.ints ?? []).map(Number), random);
      return `${attribute.name} = [${attribute.ints.slice(0, 8)}]`;
    default:
      attribute.type = random.below(16);
      return `${attribute.name} of type ${attribute.type}`;
  }
}

export const attributes: Edits<ModelParts> = {
  value: onNode(({ attribute }, _, random) =>
    attribute?.length ? otherValue(random.pick(attribute), random) : "no attribute",
  ),
  missing: onNode((node, _, random) => {
    const at = random.below(node.attribute?.length ?? 1);
    return `without ${node.attribute?.splice(at, 1)[0]?.name}`;
  }),
  more: onNode((node, _, random) => {
    const name = random.pick([
      "axis",
      "axes",
      "perm",
      "group",
      "pads",
      "kernel_shape",
      "strides",
      "dilations",
      "auto_pad",
      "keepdims",
      "to",
      "value",
      "hidden_size",
      "direction",
      "transA",
      "transB",
      "split",
      "num_outputs",
      "blocksize",
      "epsilon",
      "mode",
      "equation",
      ...names,
    ]);
    const ints = resized([1, 1], random);
    listOf(node, "attribute").push(
      random.pick<Attribute>([
        { name, type: 2, i: integer(random) },
        { name, type: 7, ints },
        { name, type: 1, f: random.pick(floats) },
        { name, type: 3, s: new TextEncoder().encode("SAME_UPPER") },
      ]),
    );
    return `with ${name.slice(0, 20)}`;
  }),
  twice: onNode(({ attribute }, _, random) => {
    if (!attribute?.length) return "no attribute";
    const one = random.pick(attribute);
    const again = { ...one };
    attribute.push(again);
    return `a second ${one.name}, ${otherValue(again, random)}`;
  }),
  kind: onNode(({ attribute }, _, random) => {
    if (!attribute?.length) return "no attribute";
    const one = random.pick(attribute);
    one.type = random.below(15);
    return `${one.name} of kind ${one.type}`;
  }),
};

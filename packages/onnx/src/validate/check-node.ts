import { OnnxError } from "../errors.js";
import type { Node } from "../model.js";
import { nameOf } from "../order.js";
import { attributeFault } from "./attribute-fault.js";
import { kindLetters, type Schema, schemaOf } from "./schema.js";

/** Throws a typed error where a node has another number of inputs or outputs, or other attributes, than its operator. */
export function checkNode(node: Node): void {
  const schema = node.domain === "" ? schemaOf(node.op) : undefined;
  const why = (schema && (arityFault(node, schema) ?? kindFault(node, schema))) ?? attributeFault(node);
  if (why !== undefined) throw new OnnxError("invalid-node", { node: nameOf(node), op: node.op, why });
}

function arityFault({ inputs, outputs }: Node, schema: Schema): string | undefined {
  const [least, most] = schema.inputs;
  if (inputs.length < least || inputs.length > most) return counted("inputs", inputs.length, schema.inputs);
  const [fewest, greatest] = schema.outputs;
  if (outputs.length < fewest || outputs.length > greatest)
    return counted("outputs", outputs.length, schema.outputs);
  const missing = schema.needsAll ? inputs.slice(0, least).indexOf("") : -1;
  return missing < 0 ? undefined : `its input ${missing} is left out, and the operator needs it`;
}

function counted(what: string, found: number, [least, most]: readonly [number, number]): string {
  const want =
    most === Number.POSITIVE_INFINITY
      ? `at least ${least}`
      : least === most
        ? String(least)
        : `${least} to ${most}`;
  return `it has ${found} ${what}, and the operator has ${want}`;
}

function kindFault({ attributes }: Node, schema: Schema): string | undefined {
  const missing = schema.required.find((name) => !attributes.has(name));
  if (missing !== undefined) return `the attribute "${missing}" is missing`;
  for (const [name, { kind }] of attributes) {
    const allowed = schema.attributes.get(name);
    const letter = kindLetters[kind];
    if (allowed === undefined || letter === undefined || allowed.includes(letter)) continue;
    const wanted = Object.keys(kindLetters).filter((one) => allowed.includes(kindLetters[one] as string));
    return `the attribute "${name}" is of kind ${kind}, and the operator takes ${wanted.join(" or ")}`;
  }
  return undefined;
}

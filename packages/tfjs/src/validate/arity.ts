import { TfjsError } from "../errors.js";
import { recordOf } from "../graph-model/operators/operators.js";
import type { NodeDef } from "../model.js";

/** Throws a typed error where a reference names an output that its node can't have. */
export function checkOutput(reader: string, reference: string, def: NodeDef): void {
  const output = Number(/^[^:]*:(\d+)$/.exec(reference)?.[1] ?? 0);
  const { op, input = [] } = def;
  const record = recordOf({ op });
  if (output === 0 || !record) return;
  const { count, names } = record.outputs ?? { names: [op] };
  const most = count?.({ name: def.name, op, inputs: input, outputs: [], def }) ?? names?.length ?? Infinity;
  if (output >= most) throw new TfjsError("dangling-input", { node: reader, input: reference });
}

/** Throws a typed error where a node lacks inputs that its operator can't do without, or has some that it doesn't know. */
export function checkArity({ name, op, input = [] }: NodeDef): void {
  const record = recordOf({ op });
  if (!record) return;
  const { inputs: least, most = least } = record;
  const found = input.filter((text) => !text.startsWith("^")).length;
  if (found >= least && found <= most) return;
  const why = `${op} has ${found} inputs, and ${found < least ? `needs ${least}` : `takes ${most}`}`;
  throw new TfjsError("malformed", { where: `node "${name}"`, why });
}

import { isCut, shapeAfter, type Uses, usesOf } from "@prune/backend";
import type { Cut, Parameter, Trace } from "@prune/graph";
import type { Weight } from "../model.js";
import type { OnnxSource } from "../trace/source.js";
import { sourceOf } from "./source-of.js";

/** A tensor as the model stores it. */
export interface Stored {
  readonly tensor: string;
  /** Position of the first node that reads it. */
  readonly node: number;
  /** Elements that count as parameters: none of a size, an index, a scalar, a running statistic or a state. */
  readonly elements: number;
  readonly bytes: number;
  readonly external: boolean;
}

/** What the model, or what a cut leaves of it, stores: every tensor once, and once for each form it is cut to. */
export function storedAfter(trace: Trace, cut?: Cut): Stored[] {
  const source = sourceOf(trace);
  const uses = usesOf(trace);
  const needs = cut ? readsAfter(source, uses, cut) : reads(source);
  const untrained = notTrained(source);
  const list: Stored[] = [];
  for (const [tensor, node] of needs.whole) {
    const weight = source.weight(tensor);
    if (!weight) continue;
    const parameter = uses.shared(tensor);
    const shape = cut && parameter && isCut(parameter, cut) ? shapeAfter(parameter, cut) : weight.shape;
    list.push(stored(tensor, node, weight, shape, untrained));
  }
  for (const { parameter, node } of needs.forms.values()) {
    const { tensor } = parameter;
    const shape = shapeAfter(parameter, cut);
    const weight = source.weight(tensor) ?? { dtype: "float32", elementBytes: 4, external: false };
    list.push(stored(tensor, node, weight, shape, untrained));
  }
  return list;
}

function stored(
  tensor: string,
  node: number,
  { dtype, elementBytes, external, filled }: Pick<Weight, "dtype" | "elementBytes" | "external" | "filled">,
  shape: readonly number[],
  untrained: ReadonlySet<string>,
): Stored {
  const size = shape.reduce((a, b) => a * b, 1);
  const isWeight = /float/.test(dtype) ? shape.length > 0 : /int8|other/.test(dtype) && shape.length > 1;
  const elements = isWeight && !untrained.has(tensor) ? size : 0;
  return { tensor, node, elements, bytes: filled ? 0 : size * (elementBytes ?? 0), external };
}

interface Reads {
  /** First reader of every tensor that stays in one form. */
  readonly whole: Map<string, number>;
  /** The other forms, by tensor and what they lose. */
  readonly forms: Map<string, { readonly parameter: Parameter; readonly node: number }>;
}

function reads({ nodes }: OnnxSource): Reads {
  const whole = new Map<string, number>();
  for (let i = nodes.length - 1; i >= 0; i--) {
    const { inputs, captures = [] } = nodes[i] as (typeof nodes)[number];
    for (const name of [...inputs, ...captures]) whole.set(name, i);
  }
  return { whole, forms: new Map() };
}

/** Backwards: constants behind a computed tensor that is stored anew are needed no more. */
function readsAfter(source: OnnxSource, uses: Uses, cut: Cut): Reads {
  const { nodes } = source;
  const whole = new Map<string, number>();
  const forms: Reads["forms"] = new Map();
  for (let i = nodes.length - 1; i >= 0; i--) {
    const { inputs, outputs, captures = [] } = nodes[i] as (typeof nodes)[number];
    const constant = outputs.every((name) => name === "" || source.isConstant(name));
    if (constant && !outputs.some((name) => whole.has(name))) continue;
    for (const name of captures) whole.set(name, i);
    inputs.forEach((name, k) => {
      const parameter = name === "" ? undefined : uses.of(i, k, name);
      if (parameter && (parameter.use || parameter.derived) && isCut(parameter, cut))
        forms.set(formOf(parameter, cut), { parameter, node: i });
      else whole.set(name, i);
    });
  }
  return { whole, forms };
}

function formOf({ tensor, selectors }: Parameter, { life }: Cut): string {
  const dead = selectors.map(({ view, dims, ids }) => {
    const positions = Array.from(ids.keys()).filter((i) => life[ids[i] as number] === 0);
    return `${view.join()}/${dims.join()}/${positions.join()}`;
  });
  return `${tensor}\n${dead.join(";")}`;
}

/** Running statistics, states before the first step, and single numbers that scale. */
function notTrained(source: OnnxSource): Set<string> {
  const found = new Set<string>();
  for (const { op, inputs } of source.nodes) {
    if (op === "BatchNormalization") for (const name of inputs.slice(3, 5)) found.add(name);
    if (/^(LSTM|GRU|RNN)$/.test(op)) for (const name of inputs.slice(5, 7)) found.add(name);
    if (/^(Mul|Div|Sub|Pow|Min|Max|Where|Expand)$/.test(op))
      for (const name of inputs) if (source.weight(name)?.shape.every((size) => size === 1)) found.add(name);
  }
  return found;
}

import type { Cut } from "../cut/cut.js";
import type { Trace } from "../trace/open-trace.js";
import type { Parameter } from "../trace/value.js";
import { usesOf } from "./uses.js";

/** A tensor in one of the forms that a model stores it in. */
export interface Form {
  readonly tensor: string;
  readonly shape: readonly number[];
  /** Position of the first node that reads it. */
  readonly node: number;
}

/**
 * What a model, or what a cut leaves of it, stores: every tensor once, and once for each form that uses of their own
 * are cut to. Constants that are computed are stored where they are cut; what only they were made of is needed no more.
 */
export function formsOf(trace: Trace, cut?: Cut): readonly Form[] {
  if (cut) return collect(trace, cut);
  const forms = known.get(trace) ?? collect(trace);
  known.set(trace, forms);
  return forms;
}

const known = new WeakMap<Trace, readonly Form[]>();

function collect(trace: Trace, cut?: Cut): Form[] {
  const { source } = trace;
  const uses = usesOf(trace);
  const { whole, cutApart } = readsOf(trace, cut);
  const forms: Form[] = [];
  for (const [tensor, node] of whole) {
    const stored = source.parameter(tensor);
    const shared = cut && uses.shared(tensor);
    if (stored) forms.push({ tensor, shape: shared ? cut.shapeLeft(shared) : stored, node });
  }
  for (const { parameter, node } of cutApart.values())
    forms.push({ tensor: parameter.tensor, shape: cut?.shapeLeft(parameter) ?? parameter.shape, node });
  return forms;
}

interface Reads {
  /** First reader of every tensor that stays in one form. */
  readonly whole: Map<string, number>;
  /** The other forms, by tensor and what they lose. */
  readonly cutApart: Map<string, { readonly parameter: Parameter; readonly node: number }>;
}

/**
 * Backwards, so that a constant's makers are known to be needed, or not, when they are reached. A cut drops what is
 * read no more, not what nothing read before it.
 */
function readsOf(trace: Trace, cut?: Cut): Reads {
  const { source } = trace;
  const { nodes } = source;
  const uses = usesOf(trace);
  const reads: Reads = { whole: new Map(), cutApart: new Map() };
  const isRead = new Set(source.outputs);
  const wasRead = new Set(nodes.flatMap(({ inputs, captures = [] }) => [...inputs, ...captures]));
  const isDropped = (outputs: readonly string[]): boolean =>
    !outputs.some((name) => isRead.has(name)) &&
    outputs.some((name) => wasRead.has(name)) &&
    outputs.every((name) => name === "" || source.isConstant(name));
  for (let at = nodes.length - 1; at >= 0; at--) {
    const { inputs, outputs, captures = [] } = nodes[at] as (typeof nodes)[number];
    if (cut && isDropped(outputs)) continue;
    const needed = (name: string): void => {
      reads.whole.set(name, at);
      isRead.add(name);
    };
    captures.forEach(needed);
    inputs.forEach((name, i) => {
      const parameter = cut && name !== "" ? uses.of(at, i, name) : undefined;
      if (cut && parameter && (parameter.use || parameter.derived) && cut.isCut(parameter))
        reads.cutApart.set(keyOf(parameter, cut), { parameter, node: at });
      else needed(name);
    });
  }
  return reads;
}

const keyOf = (parameter: Parameter, cut: Cut): string =>
  `${parameter.tensor}\n${JSON.stringify(cut.removed(parameter))}`;

import type { Trace } from "../trace/open-trace.js";
import type { Parameter } from "../trace/value.js";

/** The parameters of a trace by where they are used. */
export interface Uses {
  /** The use of one node input alone, else the tensor's shared one. */
  of(node: number, input: number, tensor: string): Parameter | undefined;
  shared(tensor: string): Parameter | undefined;
}

const known = new WeakMap<Trace, Uses>();

/** The parameters of a trace by where they are used; collected once for each trace. */
export function usesOf(trace: Trace): Uses {
  const uses = known.get(trace) ?? collect(trace);
  known.set(trace, uses);
  return uses;
}

function collect({ parameters }: Trace): Uses {
  const shared = new Map<string, Parameter>();
  const alone = new Map<string, Parameter>();
  for (const parameter of parameters) {
    const { use, tensor } = parameter;
    if (use) alone.set(`${use.node}:${use.input}`, parameter);
    else shared.set(tensor, parameter);
  }
  return {
    of: (node, input, tensor) => alone.get(`${node}:${input}`) ?? shared.get(tensor),
    shared: (tensor) => shared.get(tensor),
  };
}

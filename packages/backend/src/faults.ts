import { type Cut, type Dim, shapeOf, type Trace } from "@prune/graph";

/** Why the model that a cut leaves would not be consistent: what every backend's error "inconsistent-cut" carries. */
export interface Fault {
  readonly tensor: string;
  readonly what: string;
}

/**
 * What is wrong with a cut model, told by its own trace: each tensor must have the shape of the original's filtered
 * layout, and inputs and outputs must be the original's.
 */
export function faultOf(original: Trace, smaller: Trace, cut: Cut): Fault | undefined {
  const interfaceFault = interfaceFaultOf(original, smaller);
  if (interfaceFault) return interfaceFault;
  for (const [tensor, { layout, parameter }] of smaller.state.values) {
    const before = original.state.values.get(tensor);
    if (!layout || !before?.layout || before.parameter || parameter) continue;
    const want = cut.shape(tensor);
    const got = shapeOf(layout);
    if (!equal(want, got)) return { tensor, what: `its shape would be [${got}] in place of [${want}]` };
  }
  return undefined;
}

/**
 * How the inputs and outputs of a smaller model differ from the original's, by the shapes that follow from the nodes:
 * what a file declares of its outputs may be another matter.
 */
export function interfaceFaultOf(original: Trace, smaller: Trace): Fault | undefined {
  for (const tensor of original.state.source.outputs)
    if (!smaller.state.source.outputs.includes(tensor)) return { tensor, what: "an output would be gone" };
  const { source } = original.state;
  // Old files list their weights as inputs.
  const inputs = source.inputs.map(({ name }) => name).filter((name) => !source.parameter(name));
  for (const tensor of [...inputs, ...original.state.source.outputs]) {
    const [before, after] = [original, smaller].map(({ state }) => state.values.get(tensor)?.layout);
    if (!before || !after) continue;
    const [want, got] = [shapeOf(before), shapeOf(after)];
    if (!equal(want, got))
      return { tensor, what: `the model's interface would change from [${want}] to [${got}]` };
  }
  return undefined;
}

const equal = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** Runs a step of making a cut; what it can't do becomes a finding, so that a plan can give back what is to blame. */
export function blaming<T>({ state }: Trace, cut: Cut, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!isInconsistent(error)) throw error;
    const { tensor, what } = error.detail;
    const uses = state.parameters.all.filter((parameter) => parameter.tensor === tensor);
    const arrays = [
      ...uses.flatMap(({ selectors }) => selectors.map(({ ids }) => ids)),
      ...(state.values.get(tensor)?.layout?.blocks ?? []).map(({ ids }) => ids),
    ];
    const ids = Int32Array.from(arrays.flatMap((array) => [...array]));
    if (ids.length > 0) cut.findings.push({ kind: "irregular", text: `"${tensor}": ${what}`, tensor, ids });
    throw error;
  }
}

const isInconsistent = (error: unknown): error is Error & { readonly detail: Fault } =>
  error instanceof Error && "code" in error && error.code === "inconsistent-cut";

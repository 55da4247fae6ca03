import type { Backend, Cut, SizesByName, Trace } from "@prune/graph";
import type { TfjsBackend, TfjsModel } from "@prune/tfjs";
import type { Compared } from "../reports/verification.js";
import { checkLaw } from "./law.js";
import type { TfjsRuntime } from "./tfjs-runtime.js";

interface Sides {
  readonly model: TfjsModel;
  readonly trace: Trace;
  readonly cut: Cut;
  readonly smaller: TfjsModel;
  readonly sizes: SizesByName;
}

/** Compares a smaller model with what a cut makes of the original. */
export async function compared(sides: Sides, backend: TfjsBackend, runtime: TfjsRuntime): Promise<Compared> {
  const { model, trace, cut, smaller } = sides;
  const findings = await differences(backend, backend.cut(model, trace, cut), smaller);
  return { findings, law: await checkLaw({ ...sides, backend }, runtime), zeroed: null };
}

/** How a model differs from what it should be: in its weights, else in what lies around them. */
async function differences(
  backend: Backend<TfjsModel>,
  expected: TfjsModel,
  found: TfjsModel,
): Promise<string[]> {
  if ((await backend.hash(expected)) === (await backend.hash(found))) return [];
  const [want, got] = [backend.trace(expected), backend.trace(found)];
  const [wanted, given] = [backend.probe(expected, want), backend.probe(found, got)];
  const findings = namesOf(want).flatMap((tensor) => {
    const [a, b] = [wanted.weights(tensor), given.weights(tensor)];
    if (!a) return [];
    if (!b) return [`it has no tensor "${tensor}"`];
    if (String(a.shape) !== String(b.shape))
      return [`"${tensor}" is [${b.shape.join(", ")}], not [${a.shape.join(", ")}]`];
    return a.data.every((x, i) => x === b.data[i]) ? [] : [`"${tensor}" holds other values`];
  });
  return findings.length > 0 ? findings : ["its layers or nodes are not those of the original after the cut"];
}

const namesOf = ({ parameters }: Trace): string[] => [...new Set(parameters.map(({ tensor }) => tensor))];

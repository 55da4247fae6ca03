import type { Backend, Trace } from "@prune/graph";
import { planFromRecipe, type Recipe } from "@prune/pruner";
import type { TfjsModel } from "@prune/tfjs";
import { openModel } from "@prune/tfjs/node";
import { type Verification, verification } from "../verification.js";
import { checkLaw } from "./law-tfjs.js";
import { openTfjs } from "./open-tfjs.js";

/** Checks a smaller TensorFlow.js model against the original and the recipe of what was removed. */
export async function verifyTfjsFile(
  path: string,
  out: string,
  recipe: Recipe,
  onProgress: (doing: string) => void,
): Promise<Verification> {
  const { model, backend, trace } = await openTfjs(path);
  const sha256 = await backend.hash(model);
  const cut = trace.cut(planFromRecipe(trace, recipe, { sha256 }));
  const smaller = await openModel(out);
  const findings = await differences(backend, backend.cut(model, trace, cut), smaller);
  onProgress("checking that the cut equals the mask");
  const law = await checkLaw({ model, trace, cut, smaller });
  return verification({ findings, sha256, recipe, law, zeroed: null });
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

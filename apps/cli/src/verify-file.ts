import { type GraphEdit, type Model, modelToBytes, readModel } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { planFromRecipe, readRecipe, withoutNumbers } from "@prune/pruner";
import { inputsOf, toleranceOf, withEdited } from "@prune/runtime-ort";
import { CliError } from "./errors.js";
import { readJson } from "./files/read-file.js";
import { checkLaw, type Law } from "./law.js";
import { drawSamples, type SampleFiles } from "./samples.js";
import { isTfjs } from "./tfjs/is-tfjs.js";
import { openTraced } from "./traced.js";
import { type Verification, verification } from "./verification.js";

export interface VerifyOptions {
  /** Samples to check the law on, in place of random inputs. */
  readonly samples?: SampleFiles | undefined;
  /** Samples are drawn with it. @default 0 */
  readonly seed?: number;
  readonly onProgress?: (doing: string) => void;
}

/** Samples that are drawn where nobody says how many: a law that holds on a few holds. */
export const enough = 64;

/** Checks a smaller model against the original and the recipe of what was removed. */
export async function verifyFile(
  path: string,
  out: string,
  recipePath: string,
  { samples: files, seed = 0, onProgress = () => {} }: VerifyOptions = {},
): Promise<Verification> {
  onProgress("replaying the recipe");
  const recipe = readRecipe(readJson(recipePath));
  if (isTfjs(path)) {
    if (files) throw new CliError("bad-option", { option: "--data", why: "it needs an ONNX model" });
    return (await import("./tfjs/verify-tfjs.js")).verifyTfjsFile(path, out, recipe, onProgress);
  }
  const { model, backend, trace } = openTraced(path);
  const samples = files && (await drawSamples(files, inputsOf(model.graph), { seed, most: enough }));
  const sha256 = await backend.hash(model);
  const plan = planFromRecipe(trace, recipe, { sha256 });
  const cut = trace.cut(plan);
  const expected = readModel(modelToBytes(model, backend.edit(model, trace, cut)));
  const findings = differences(expected, openModel(out));
  onProgress("checking that the cut equals the mask");
  const tolerance = toleranceOf(model);
  const check = (method: Law["method"], mask: GraphEdit): Promise<Law> =>
    checkLaw(
      {
        original: path,
        masked: (use) => withEdited(model, mask, use),
        cut: out,
        living: (tensor, dims) => backend.living(trace, cut, tensor, dims),
      },
      { method, tolerance, samples },
    );
  const law = await check("gated", backend.mask(model, trace, cut));
  const ofLayers = trace.cut(withoutNumbers(trace, plan));
  const zeroed = await check("zeroed", backend.zeroed(model, trace, ofLayers, recipe.parameters));
  return verification({ findings, sha256, recipe, law, zeroed });
}

/** How a model's tensors and interface differ from what they should be. */
function differences(expected: Model, found: Model): string[] {
  const findings: string[] = [];
  for (const side of ["inputs", "outputs"] as const)
    if (JSON.stringify(expected.graph[side]) !== JSON.stringify(found.graph[side]))
      findings.push(`its ${side} are not the original's`);
  for (const [name, want] of expected.graph.initializers) {
    const got = found.graph.initializers.get(name);
    if (!got) findings.push(`it has no tensor "${name}"`);
    else if (String(got.shape) !== String(want.shape))
      findings.push(`"${name}" is [${got.shape.join(", ")}], not [${want.shape.join(", ")}]`);
    else if (Buffer.compare(want.bytes(), got.bytes()) !== 0) findings.push(`"${name}" holds other values`);
  }
  return findings;
}

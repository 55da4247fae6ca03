import { account, checkHeads, cutOrRepair, type PruneOptions, plan } from "@prune/pruner";
import type { TfjsModel } from "@prune/tfjs";
import { modelFiles, stageModel } from "@prune/tfjs/node";
import { CliError } from "../errors.js";
import { publishTogether, stageJson } from "../files/stage.js";
import { checkInterface } from "../interface.js";
import { type FileReport, missed, nothing, type PruneFileOptions } from "../prune-file.js";
import { gradientsOf } from "./gradients-tfjs.js";
import { verifyTfjs } from "./law-tfjs.js";
import { openTfjs } from "./open-tfjs.js";
import { checkFolder, sizeOfFiles } from "./output-folder.js";
import { drawToRecover, recoverTfjs } from "./recover-tfjs.js";

/** What `pruneFile` is asked, of models of another kind. */
export type PruneTfjsOptions = Omit<PruneFileOptions, "measure">;

/** Prunes a TensorFlow.js model into a folder; nothing is written unless the smaller model obeys the law. */
export async function pruneTfjs(path: string, options: PruneTfjsOptions): Promise<FileReport> {
  const { out, recipe, report, verify = true, mask = false, onProgress = () => {}, ...rest } = options;
  const { target, samples, recover = true, methods, seed = 0, importance, steps = 1 } = rest;
  const byGradients = importance.needs.includes("gradients");
  if (mask) throw new CliError("bad-option", { option: "--mask", why: "it needs an ONNX model" });
  if (byGradients && steps > 1)
    throw new CliError("bad-option", {
      option: "--steps",
      why: `gradients are taken once, so that --importance ${importance.name} scores in one step`,
    });
  if (target && ("gzip" in target || "latency" in target))
    throw new CliError("bad-option", { option: "--target", why: "gzip and latency need an ONNX model" });
  onProgress("tracing");
  const {
    model,
    backend,
    trace: plain,
  } = await openTfjs(path, (opened) =>
    checkFolder(path, opened, { out, writes: [recipe, report], reads: rest.reads ?? [], samples }),
  );
  checkHeads(plain, rest);
  onProgress("scoring");
  const seen = samples && byGradients && (await gradientsOf(model, plain, samples, seed));
  const drawn = samples && recover ? await drawToRecover(model, plain, samples, seed) : undefined;
  const asked: PruneOptions<TfjsModel> = {
    ...rest,
    backend,
    trace: plain,
    ...(seen && { probe: () => seen }),
  };
  const { trace, chosen: wanted, scores } = await plan(model, asked);
  onProgress("cutting");
  const { model: smaller, chosen } = cutOrRepair(model, backend, trace, wanted, scores);
  const made = await account(model, trace, chosen, asked);
  if (made.report.nothing !== undefined) throw nothing(made.report);
  const { budget } = made.report;
  if (budget && budget.reached > budget.target) throw missed(budget);
  if (verify) onProgress("checking that the cut equals the mask");
  const checked = verify
    ? { law: await verifyTfjs({ model, trace, cut: chosen.cut, smaller }) }
    : { law: null, unverified: "not asked for (--no-verify)" };
  const recovered =
    drawn &&
    (await recoverTfjs({ original: model, smaller, cut: chosen.cut }, drawn, {
      ...methods,
      seed,
      onProgress,
    }));
  onProgress("writing");
  if (recovered) checkInterface(plain, backend.trace(recovered.model));
  const staged = await stageModel(out, recovered?.model ?? smaller, { inputs: modelFiles(path) });
  const files = { before: sizeOfFiles(path), after: staged.bytes };
  const result: FileReport = {
    format: "prune-report/1",
    model: path,
    out,
    files,
    ...made.report,
    ...checked,
    ...(recovered && { recovery: recovered.recovery }),
  };
  await publishTogether(staged, [
    () => (recipe === undefined ? undefined : stageJson(recipe, made.recipe)),
    () => (report === undefined ? undefined : stageJson(report, result)),
  ]);
  return result;
}

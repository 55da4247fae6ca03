import { join } from "node:path";
import { temporaryFolder } from "@prune/files";
import type { Cost } from "@prune/graph";
import { type LosslessReport, lossless, type Model, noEdit } from "@prune/onnx";
import { saveModel } from "@prune/onnx/node";
import { RuntimeError, toleranceOf, withEdited } from "@prune/runtime-ort";
import { CliError } from "./errors.js";
import { checkOnnxRun, type RunFiles } from "./files/check-run.js";
import { modelSize } from "./files/model-size.js";
import { publishTogether, stageJson, stageOnnx } from "./files/stage.js";
import { checkInterface } from "./interface.js";
import { checkLaw } from "./law.js";
import { type FileReport, type PruneFileOptions, pruneFile } from "./prune-file.js";
import { openTraced } from "./traced.js";

export type LosslessFileOptions = Pick<
  PruneFileOptions,
  "out" | "report" | "reads" | "verify" | "onProgress"
>;

/** How close the smaller model's outputs are to the original's, by running both in onnxruntime. */
export interface Equality {
  readonly seeds: number;
  /** max |smaller - original| / max |original|, the worst of all outputs and inputs. */
  readonly error: number;
  readonly tolerance: number;
  /** How far the original is from itself when the runtime rewrites it; only where the error is above tolerance. */
  readonly noise?: number;
}

/** What was removed without loss. */
export interface LosslessPart extends LosslessReport {
  /** null: not checked, and why. */
  readonly equal: Equality | null;
  readonly unverified?: string;
}

/** What `prune --lossless` alone reports. */
export interface LosslessFileReport extends LosslessPart {
  readonly format: "prune-lossless/1";
  readonly model: string;
  readonly out: string;
  readonly files: { readonly before: number; readonly after: number };
  readonly before: Cost;
  readonly after: Cost;
}

/** Removes what changes no output; nothing is written unless the outputs are equal. */
export async function losslessFile(path: string, options: LosslessFileOptions): Promise<LosslessFileReport> {
  const { out, report, reads = [], verify = true, onProgress = () => {} } = options;
  const made = await removed(path, { out, writes: [report], reads }, verify, onProgress);
  if (made.part.removed.length === 0)
    throw new CliError("nothing-removed", { why: `0 units can leave without loss${keptText(made.part)}` });
  onProgress("writing");
  const staged = await stageOnnx(out, made.model, noEdit);
  const result: LosslessFileReport = {
    format: "prune-lossless/1",
    model: path,
    out,
    files: { before: made.size, after: staged.bytes },
    before: made.before,
    after: made.after,
    ...made.part,
  };
  await publishTogether(staged, [() => (report === undefined ? undefined : stageJson(report, result))]);
  return result;
}

/** The same first, then what `pruneFile` does, on what is left. */
export async function pruneAfterLossless(
  path: string,
  options: PruneFileOptions,
): Promise<FileReport & { readonly lossless: LosslessPart }> {
  const { out, report, reads = [], verify = true, onProgress = () => {} } = options;
  const files: RunFiles = { out, writes: [report], reads };
  const { model, before, size, part } = await removed(path, files, verify, onProgress);
  const folder = temporaryFolder();
  try {
    const between = part.removed.length > 0 ? join(folder.path, "lossless.onnx") : path;
    if (between !== path) await saveModel(between, model, noEdit);
    const described = <T extends FileReport>(pruned: T): T & { readonly lossless: LosslessPart } => ({
      ...pruned,
      model: path,
      before,
      files: { ...pruned.files, before: size },
      lossless: part,
    });
    return described(await pruneFile(between, { ...options, reads: [path, ...reads], described }));
  } finally {
    folder.remove();
  }
}

interface Removed {
  readonly model: Model;
  readonly before: Cost;
  readonly after: Cost;
  /** Bytes of the original's files. */
  readonly size: number;
  readonly part: LosslessPart;
}

/** Weights that are zero in effect first; where that shows in the outputs or can't be checked, only those that are zero. */
async function removed(
  path: string,
  files: RunFiles,
  verify: boolean,
  onProgress: (doing: string) => void,
): Promise<Removed> {
  onProgress("tracing");
  const { model, backend, trace } = openTraced(path, (opened) => checkOnnxRun(path, opened, files));
  const before = backend.cost(model, trace);
  const halves = toleranceOf(model) > 1e-4;
  const tolerance = halves ? toleranceOf(model) : 1e-5;
  let error = 0;
  for (const negligible of verify ? [1e-6, 0] : [0]) {
    onProgress("looking for units that change no output");
    const found = lossless(model, backend, { negligible });
    const done = (equal: Pick<LosslessPart, "equal" | "unverified">): Removed => {
      const after = backend.trace(found.model);
      checkInterface(trace, after);
      return {
        model: found.model,
        before,
        after: backend.cost(found.model, after),
        size: modelSize(path, model),
        part: { ...found.report, ...equal },
      };
    };
    if (!verify) return done({ equal: null, unverified: "not asked for (--no-verify)" });
    onProgress("checking that the outputs are equal");
    const checked = await compared(path, found.model, tolerance);
    if ("unverified" in checked) {
      if (negligible === 0) return done(checked);
      continue;
    }
    if (checked.holds) return done({ equal: checked.equal });
    error = checked.equal.error;
  }
  throw new CliError("lossy", { error, tolerance });
}

type Compared =
  | { readonly equal: Equality; readonly holds: boolean }
  | { readonly equal: null; readonly unverified: string };

async function compared(original: string, model: Model, tolerance: number): Promise<Compared> {
  try {
    const { holds, seeds, error, noise } = await withEdited(model, noEdit, (cut) =>
      checkLaw({ original, masked: original, cut }, { method: "gated", tolerance }),
    );
    return { holds, equal: { seeds, error, tolerance, ...(noise !== undefined && { noise }) } };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new CliError("unverified", { why: error.message });
  }
}

/** How many units of each kind left, and why others had to stay. */
export function losslessText({ removed: gone, refused, equal }: LosslessPart): string {
  const kinds = new Map<string, number>();
  for (const { kind, units } of gone) kinds.set(kind, (kinds.get(kind) ?? 0) + units);
  const total = [...kinds.values()].reduce((a, b) => a + b, 0);
  const list = [...kinds].map(([kind, units]) => `${units} ${kind}`).join(", ");
  const checked = equal
    ? `equal to the original within ${equal.error.toExponential(1)} (at most ${equal.tolerance}; ${equal.seeds} random inputs)`
    : "not compared with the original";
  return `${total} ${total === 1 ? "unit" : "units"} removed without loss${list && ` (${list})`}${keptText({ refused })}\n${checked}`;
}

function keptText({ refused }: Pick<LosslessPart, "refused">): string {
  const reasons = new Map<string, number>();
  for (const { why, node, units } of refused) {
    const text = node === "" ? why : `${why} ("${node}")`;
    reasons.set(text, (reasons.get(text) ?? 0) + units);
  }
  return [...reasons].map(([text, units]) => `\n  ${units} kept: ${text}`).join("");
}

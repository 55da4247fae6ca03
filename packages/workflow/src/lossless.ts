import { badOption, WorkflowError } from "./errors.js";
import type { LosslessOpened, Opened } from "./format.js";
import { filesOfModel, sizeOf } from "./made.js";
import type { Job } from "./progress.js";
import type { LosslessJobReport, LosslessPart } from "./reports/lossless-report.js";
import type { NewModel, Store } from "./store/store.js";

/** A model without what changes no output, but for writing it. */
export interface LosslessFiles {
  readonly model: NewModel;
  readonly report: LosslessJobReport;
}

/** Removes what changes no output. */
export async function losslessOf<Model, Edit>(
  opened: Opened<Model, Edit>,
  verify: boolean,
  job: Job,
): Promise<LosslessOpened<Model, Edit>> {
  if (!opened.lossless) throw badOption("lossless", "it needs an ONNX model");
  return opened.lossless(verify, job);
}

/** The same as files, with a report; refused if nothing can leave. */
export async function losslessFiles<Model, Edit>(
  opened: Opened<Model, Edit>,
  verify: boolean,
  out: string,
  store: Store,
  job: Job,
): Promise<LosslessFiles> {
  const { opened: smaller, part } = await losslessOf(opened, verify, job);
  if (part.removed.length === 0)
    throw new WorkflowError("nothing-removed", { why: `0 units can leave without loss${keptText(part)}` });
  await job.begin("write");
  const model = await smaller.written(out, { model: smaller.model }, store);
  const before = opened.backend.cost(opened.model, opened.trace);
  const after = smaller.backend.cost(smaller.model, smaller.trace);
  const report: LosslessJobReport = {
    format: "prune-lossless/1",
    model: opened.path,
    out,
    files: { before: sizeOf(opened.files), after: sizeOf(filesOfModel(model)) },
    before,
    after,
    ...part,
  };
  return { model, report };
}

/** Why units that change no output had to stay, a line each. */
export function keptText({ refused }: Pick<LosslessPart, "refused">): string {
  const reasons = new Map<string, number>();
  for (const { why, node, units } of refused) {
    const text = node === "" ? why : `${why} ("${node}")`;
    reasons.set(text, (reasons.get(text) ?? 0) + units);
  }
  return [...reasons].map(([text, units]) => `\n  ${units} kept: ${text}`).join("");
}

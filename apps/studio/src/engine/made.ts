import { countedText } from "@prune/graph/advanced";
import { htmlReport, type Picture, type ReportedCurve, type ReportedPruning } from "@prune/report";
import { type LeftGroup, percentText, shortNumber } from "@prune/report/advanced";
import type { NewFile, PruneResult, Result } from "@prune/workflow";
import {
  type Application,
  type Bench,
  bytesOf,
  type LatencyReport,
  type LawReport,
  type LosslessJobReport,
} from "@prune/workflow/advanced";
import type { Made } from "./protocol.js";

type Row = Made["rows"][number];

function row<T extends number | null>(what: string, was: T, is: T, print: (value: T) => string): Row {
  const change =
    is === null || was === null
      ? ""
      : is === was
        ? "0 %"
        : `${is < was ? "−" : "+"}${percentText(Math.abs(1 - is / was))}`;
  return { what, before: print(was), after: print(is), change };
}

const bytesText = (bytes: number): string => `${shortNumber(bytes)}B`;
const milliseconds = (value: number): string => `${value.toPrecision(3)} ms`;

const contentsOf = (files: readonly NewFile[]): Made["files"] =>
  files.map((file) => ({ path: file.path, bytes: bytesOf(file) }));

/** What the page shows of a pruning that is done. */
export function madeOf(
  { files, report, recipe }: PruneResult,
  picture: Picture,
  left: readonly LeftGroup[],
): Made {
  const { before, after, law, latency } = report;
  const counted = countedText(before, after);
  return {
    files: contentsOf(files),
    rows: [
      row("parameters", before.parameters, after.parameters, shortNumber),
      row("MACs", before.macs, after.macs, shortNumber),
      row("file", report.files.before, report.files.after, bytesText),
      ...(report.budget?.resource === "gzip"
        ? [row("gzip", report.budget.original, report.budget.reached, bytesText)]
        : []),
      ...(latency ? [latencyRow(latency)] : []),
    ],
    ...proofOf(law, report.unverified),
    ...(counted !== undefined && { counted }),
    recovery: [recoveryText(report.recovery), trainingText(report.training)].filter(
      (text) => text !== undefined,
    ),
    recipe,
    report,
    html: htmlReport({ report, picture, left, recipe, curves: curvesOf(report) }),
  };
}

/** Both models timed in turn: the change is that of pairs of runs, which what else the machine did leaves alone. */
function latencyRow({ before, after, ratio, noise }: LatencyReport): Row {
  const isSure = Math.abs(1 - ratio) > ratio * noise;
  const times = row("latency", before.median, after.median, milliseconds);
  return {
    ...times,
    change: isSure ? `${ratio < 1 ? "−" : "+"}${percentText(Math.abs(1 - ratio))}` : "not sure",
  };
}

/** Medians of both models, timed in turn. */
export const timesRow = (what: string, { model, out }: Bench): Row =>
  row(what, model.median, out.median, milliseconds);

/** What the page shows of a model that a link's recipe was cut out of. */
export function appliedMade(
  { files, report: { before, after, files: sizes, law, unverified } }: Result<Application>,
  report: ReportedPruning,
  recipe: unknown,
  drawn: { readonly picture: Picture; readonly left: readonly LeftGroup[] },
): Made {
  const counted = countedText(before, after);
  const whole = { ...report, files: sizes, law, ...(unverified !== undefined && { unverified }) };
  return {
    files: contentsOf(files),
    rows: [
      row("parameters", before.parameters, after.parameters, shortNumber),
      row("MACs", before.macs, after.macs, shortNumber),
      row("file", sizes.before, sizes.after, bytesText),
    ],
    ...proofOf(law, unverified),
    ...(counted !== undefined && { counted }),
    recovery: [
      "Cut as the link says, and nothing else: these options plan something else here. Change an option to refit or train.",
    ],
    recipe,
    report: whole,
    html: htmlReport({ report: whole, recipe, ...drawn }),
  };
}

const proofOf = (law: LawReport | null, unverified: string | undefined): Pick<Made, "holds" | "proof"> => ({
  holds: law !== null,
  proof: law
    ? `Proven: the cut equals the mask within ${law.error.toExponential(1)} (at most ${law.tolerance} is allowed; ${law.seeds} inputs).`
    : `Not proven: ${unverified ?? "it was not asked for"}.`,
});

/** What the page shows of a model without what changes no output. */
export function losslessMade({ files, report }: Result<LosslessJobReport>): Made {
  const { before, after, equal, unverified } = report;
  return {
    files: contentsOf(files),
    rows: [
      row("parameters", before.parameters, after.parameters, shortNumber),
      row("MACs", before.macs, after.macs, shortNumber),
      row("file", report.files.before, report.files.after, bytesText),
    ],
    holds: equal !== null,
    proof: equal
      ? `Proven: its outputs equal the original's within ${equal.error.toExponential(1)} (at most ${equal.tolerance} is allowed; ${equal.seeds} inputs).`
      : `Not proven: ${unverified ?? "it was not asked for"}.`,
    recovery: [],
    report,
  };
}

type Report = PruneResult["report"];

function recoveryText(recovery: Report["recovery"]): string | undefined {
  if (!recovery) return undefined;
  const { error } = recovery as { error?: { before: number; after: number } };
  return error
    ? `Refitted to the original on your samples: error ${error.before.toPrecision(3)} → ${error.after.toPrecision(3)} on held-out samples.`
    : "Refitted to the original on your samples.";
}

function trainingText(training: Report["training"]): string | undefined {
  if (!training) return undefined;
  const [first] = training.curve;
  const { best, steps, milliseconds: took } = training;
  const accuracy =
    first?.accuracy === undefined || best.accuracy === undefined
      ? `loss ${first?.loss.toPrecision(3)} → ${best.loss.toPrecision(3)}`
      : `${percentText(first.accuracy)} → ${percentText(best.accuracy)} right`;
  return `Trained ${steps} steps in ${Math.round(took / 1000)} s: ${accuracy} on held-out samples, as it was after step ${best.step}.`;
}

function curvesOf({ training }: Report): ReportedCurve[] {
  if (!training || training.curve.length < 2) return [];
  const points = training.curve.map(({ step, loss }) => [step, loss] as const);
  return [{ title: "Training", x: "step", y: "loss on held-out samples", points }];
}

import { barText, type KeepEstimate } from "@prune/pruner/advanced";
import type { NewFile } from "@prune/workflow";
import { jsonFile, type KeepReport, textFile } from "@prune/workflow/advanced";
import { percent, plusMinus } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import { curveSvg } from "./curve-svg.js";

/** The curve in the form that its file's name says. */
export const curveFile = (path: string, report: KeepReport): NewFile =>
  /\.svg$/i.test(path) ? textFile(path, curveSvg(report)) : jsonFile(path, report);

const resources = [
  { by: "macs", name: "MACs" },
  { by: "parameters", name: "parameters" },
  { by: "bytes", name: "bytes" },
] as const;

/** Every budget that was tried, largest first. */
export function keepText(report: KeepReport): string {
  const { points, original, samples, resource, measure } = report;
  const columns = resources.filter(({ by }) => by === resource || by === "macs" || by === "parameters");
  const estimates = (["agreement", "accuracy", "change"] as const).filter(
    (name) => original[name] && (name !== "change" || measure === name),
  );
  const rows = [{ ...original, left: 1, holds: true, target: undefined }, ...points]
    .sort((a, b) => b.left - a.left)
    .map((point) => [
      ...columns.map(({ by }) => shareLeft(by === resource ? point.left : leftOf(point[by], original[by]))),
      ...estimates.map((name) => plusMinus(point[name] as KeepEstimate)),
      point.target === undefined ? "the original" : point.holds ? "" : "not held",
    ]);
  const judged = `${samples.judging} samples that nothing was fitted to`;
  return [
    `smallest of ${points.length} budgets that keeps ${barText(report)}, searched on ${judged}`,
    table([...columns.map(({ name }) => name), ...estimates, ""], rows),
    ...confirmationLines(report),
  ].join("\n");
}

const leftOf = (after: number | null, before: number | null): number | undefined =>
  after === null || before === null ? undefined : after / before;

const shareLeft = (share: number | undefined): string => (share === undefined ? "unknown" : percent(share));

/** What samples without a part in the search say of what it found. */
function confirmationLines({ confirmations, measure, samples }: KeepReport): string[] {
  const of = measure === "change" ? "change of accuracy" : measure;
  return confirmations.map((found) => {
    const said = `${of} ${plusMinus(found[measure] as KeepEstimate)}`;
    return found.holds
      ? `confirmed on ${samples.confirming} other samples, without a part in the search: ${said}`
      : `${percent(found.left)} left is not confirmed on ${samples.confirming} other samples: ${said}; the next larger is taken`;
  });
}

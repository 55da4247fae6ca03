import { barText } from "@prune/pruner";
import { writeJson, writeText } from "../output-file.js";
import { percent } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import { curveSvg } from "./curve-svg.js";
import type { KeepReport } from "./keep-cut.js";

/** Writes the curve as its name says. */
export const writeCurve = (path: string, report: KeepReport): Promise<void> =>
  /\.svg$/i.test(path) ? writeText(path, curveSvg(report)) : writeJson(path, report);

/** Every budget that was tried, largest first. */
export function keepText(report: KeepReport): string {
  const { points, original, samples } = report;
  const name = report.resource === "macs" ? "MACs" : report.resource;
  const rows = [{ ...original, left: 1, holds: true }, ...points]
    .sort((a, b) => b.left - a.left)
    .map(({ left, macs, parameters, agreement, accuracy, holds }) => [
      percent(left),
      percent(macs / original.macs),
      percent(parameters / original.parameters),
      `${percent(agreement.value)} ± ${(100 * agreement.standardError).toFixed(1)}`,
      ...(accuracy ? [`${percent(accuracy.value)} ± ${(100 * accuracy.standardError).toFixed(1)}`] : []),
      holds ? "" : "not held",
    ]);
  const judged = `${samples.judging} samples that nothing was fitted to`;
  return [
    `smallest of ${points.length} budgets that keeps ${barText(report)}, judged on ${judged}`,
    table([name, "MACs", "parameters", "agreement", ...(original.accuracy ? ["accuracy"] : []), ""], rows),
  ].join("\n");
}

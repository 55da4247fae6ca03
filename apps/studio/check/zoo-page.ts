import { writeFileSync } from "node:fs";
import type { ZooResult } from "./zoo-log.js";

const mostListed = 12;

/** Writes what a run over all models found into docs/studio-zoo.md. */
export function writeZooPage(results: readonly ZooResult[]): void {
  const commits = [...new Set(results.flatMap(({ commit = [] }) => commit))];
  writeFileSync(
    new URL("../../../docs/studio-zoo.md", import.meta.url),
    zooPage(results, { commit: commits.join(" and "), date: new Date().toISOString().slice(0, 10) }),
  );
}

function zooPage(
  results: readonly ZooResult[],
  { commit, date }: { readonly commit: string; readonly date: string },
): string {
  const failed = results.filter((one) => one.failed !== undefined);
  const opened = results.filter((one) => one.failed === undefined && one.report !== undefined);
  const reports = opened
    .filter(({ report = 0 }) => report > 0)
    .sort((a, b) => (b.report ?? 0) - (a.report ?? 0));
  const unplanned = opened.filter(({ report }) => report === 0);
  const compared = results.filter((one) => one.failed === undefined && one.groups !== undefined);
  const sum = compared.reduce((all, { groups = 0 }) => all + groups, 0);
  const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  return `# The studio on every model

Made by \`pnpm studio:zoo --log FILE --write\` at ${commit}, ${date}: every graph of the zoo, every trained model and every TensorFlow.js model is opened in the built studio in headless Chromium, a cut is planned, the report of the plan is saved, and opened from the disk without a network, where its picture has to be drawn.

${row("", "models")}
${row("---", "---")}
${row("opened without an error, with a report that opens", reports.length)}
${row("opened, nothing leaves at the share that the page begins with, and it says why", unplanned.length)}
${row("failed", failed.length)}

${failed.map(({ name, failed: why }) => `- ${name}: ${why}\n`).join("")}${unplanned.length > 0 ? `Nothing leaves of ${unplanned.map(({ name }) => name).join(", ")}.\n` : ""}
## The largest reports

Half of the reports have at most ${kilobytes(reports[Math.floor(reports.length / 2)]?.report ?? 0)}.

${row("model", "report")}
${row("---", "---:")}
${reports
  .slice(0, mostListed)
  .map(({ name, report = 0 }) => row(name, kilobytes(report)))
  .join("\n")}

## What lights up

${sum} random positions of ${compared.length} networks were looked up in the studio; what it lists is what \`prune groups --json\` prints, slice by slice, and each slice lights up at a node that holds it.

${row("network", "positions")}
${row("---", "---:")}
${compared.map(({ name, groups = 0 }) => row(name.replace(/^groups of /, ""), groups)).join("\n")}
`;
}

const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;

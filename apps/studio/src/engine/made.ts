import { countedText } from "@prune/graph";
import { htmlReport, type Picture, percentText, shortNumber } from "@prune/report";
import { bytesOf, type Pruned } from "@prune/workflow";
import type { Made } from "./protocol.js";

/** What the page shows of a pruning that is done. */
export function madeOf({ files, report, recipe }: Pruned, picture: Picture): Made {
  const { before, after, law, latency, recovery } = report;
  const row = <T extends number | null>(
    what: string,
    was: T,
    is: T,
    print: (value: T) => string,
  ): Made["rows"][number] => ({
    what,
    before: print(was),
    after: print(is),
    change:
      is === null || was === null
        ? ""
        : is === was
          ? "0 %"
          : `${is < was ? "−" : "+"}${percentText(Math.abs(1 - is / was))}`,
  });
  const counted = countedText(before, after);
  const milliseconds = (value: number): string => `${value.toPrecision(3)} ms`;
  return {
    files: files.map((file) => ({ path: file.path, bytes: bytesOf(file) })),
    rows: [
      row("parameters", before.parameters, after.parameters, shortNumber),
      row("MACs", before.macs, after.macs, shortNumber),
      row("file", report.files.before, report.files.after, (bytes) => `${shortNumber(bytes)}B`),
      ...(latency ? [row("latency", latency.before.median, latency.after.median, milliseconds)] : []),
    ],
    holds: law !== null,
    proof: law
      ? `Proven: the cut equals the mask within ${law.error.toExponential(1)} (at most ${law.tolerance} is allowed; ${law.seeds} inputs).`
      : `Not proven: ${report.unverified ?? "it was not asked for"}.`,
    ...(counted !== undefined && { counted }),
    ...(recovery && { recovery: recoveryText(recovery) }),
    recipe,
    report,
    html: htmlReport({ report, picture, recipe }),
  };
}

function recoveryText(recovery: NonNullable<Pruned["report"]["recovery"]>): string {
  const { error } = recovery as { error?: { before: number; after: number } };
  return error
    ? `Refitted to the original on your samples: error ${error.before.toPrecision(3)} → ${error.after.toPrecision(3)} on held-out samples.`
    : "Refitted to the original on your samples.";
}

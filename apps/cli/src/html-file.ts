import { htmlReport, pictureOf } from "@prune/report";
import { leftGroups } from "@prune/report/advanced";
import type { NewFile, PruneReport } from "@prune/workflow";
import { type Details, textFile } from "@prune/workflow/advanced";

/** The page of a pruning: its report with the graph, as one file. */
export function htmlFile(
  path: string,
  report: PruneReport,
  { opened, trace, chosen, recipe }: Details,
): NewFile {
  const picture = pictureOf(opened.model, opened.backend, trace, { model: report.model, cut: chosen.cut });
  const { law, ...rest } = report;
  const curve = report.keep?.points.map(
    ({ left, agreement, accuracy }) => [100 * left, 100 * (accuracy ?? agreement).value] as const,
  );
  return textFile(
    path,
    htmlReport({
      picture,
      left: leftGroups(trace, picture, chosen.choices),
      recipe,
      report: { ...rest, ...(law && { law }) },
      ...(curve && {
        curves: [
          {
            title: "What was tried",
            x: `% of the ${report.keep?.resource} left`,
            y: "% held",
            points: curve,
          },
        ],
      }),
    }),
  );
}

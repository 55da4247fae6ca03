import type { Family, Trace } from "@prune/graph";
import type { Reader } from "@prune/recovery";
import type { LayerStatistics } from "./collect.js";
import { columnsOf } from "./columns.js";

/** The layers that read a family's units, with their weights and the covariance of their inputs. */
export function readersOf(
  trace: Trace,
  family: Family,
  statistics: ReadonlyMap<string, LayerStatistics>,
): Reader[] {
  const readers: Reader[] = [];
  for (const { linear, moments } of statistics.values()) {
    const columns = moments && columnsOf(trace, family, linear);
    if (!columns || columns.every((list) => list.length === 0)) continue;
    const weights = linear.weights();
    moments.forEach(({ inputs, count, xx }, g) => {
      const outputs = linear.outputs / linear.groups;
      const from = g * inputs;
      readers.push({
        inputs,
        outputs,
        weights: weights.subarray(g * outputs * inputs, (g + 1) * outputs * inputs),
        covariance: xx.map((value) => value / count),
        columns: columns.map((list) =>
          list.filter((c) => c >= from && c < from + inputs).map((c) => c - from),
        ),
      });
    });
  }
  return readers;
}

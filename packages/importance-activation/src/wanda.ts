import type { ActivationReader, Importance } from "@prune/graph";
import { checkTaken } from "@prune/graph/advanced";
import { readersIn, scored } from "./activation-probe.js";

/** Weights times the size of what they multiply, |W| x ||x||, summed over a unit's weights (Sun et al. 2023). */
export function wanda(): Importance {
  return {
    name: "wanda",
    needs: ["weights", "activations"],
    async score(family, probe) {
      return scored(family, readersIn(probe, family), (reader, columns) =>
        columns.reduce((sum, j) => {
          const size = Math.sqrt(reader.channels.square[reader.channelOf[j] as number] as number);
          return sum + size * overColumn(reader, j, Math.abs);
        }, 0),
      );
    },
  };
}

/** Whether a unit's variance is weighed by the weights that read it. */
export interface VarianceOptions {
  /** Weigh a unit's variance by its squared weights (FLAP-WIFV); without, it is the variance alone (VBP). @default true */
  readonly weighted?: boolean;
}

/** How much a unit fluctuates: what stays the same a bias can replace (An et al. 2024). */
export function variance(options: VarianceOptions = {}): Importance {
  const { weighted = true } = options;
  checkTaken("variance", options, { weighted: [] });
  return {
    name: weighted ? "variance" : "plain variance",
    needs: weighted ? ["weights", "activations"] : ["activations"],
    async score(family, probe) {
      return scored(family, readersIn(probe, family), (reader, columns) => {
        const { mean, square } = reader.channels;
        return columns.reduce((sum, j) => {
          const c = reader.channelOf[j] as number;
          const spread = Math.max(0, (square[c] as number) - (mean[c] as number) ** 2);
          return sum + spread * (weighted ? overColumn(reader, j, (w) => w * w) : 1 / columns.length);
        }, 0);
      });
    },
  };
}

function overColumn(
  { weights, inputs, outputs }: ActivationReader,
  column: number,
  value: (weight: number) => number,
): number {
  let sum = 0;
  for (let o = 0; o < outputs; o++) sum += value(weights[o * inputs + column] as number);
  return sum;
}

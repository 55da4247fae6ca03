import type { Importance } from "@prune/graph";
import { checkTaken } from "@prune/graph/advanced";
import { readersIn, scored } from "./activation-probe.js";

/** What of a channel's activations is averaged. */
export interface ActivationOptions {
  /** Mean magnitude, or root of the mean square. @default "magnitude" */
  readonly of?: "magnitude" | "square";
}

/** How large a unit's activations are on average. */
export function activation(options: ActivationOptions = {}): Importance {
  const { of = "magnitude" } = options;
  checkTaken("activation", options, { of: ["magnitude", "square"] });
  return {
    name: "activation",
    needs: ["activations"],
    async score(family, probe) {
      return scored(family, readersIn(probe, family), ({ channels, channelOf }, columns) =>
        meanOver(columns, (j) => {
          const c = channelOf[j] as number;
          return of === "square"
            ? Math.sqrt(channels.square[c] as number)
            : (channels.magnitude[c] as number);
        }),
      );
    },
  };
}

/** How often a unit is active: 1 less the average percentage of zeros (Hu et al. 2016). */
export function apoz(): Importance {
  return {
    name: "apoz",
    needs: ["activations"],
    async score(family, probe) {
      return scored(family, readersIn(probe, family), ({ channels, channelOf }, columns) =>
        meanOver(columns, (j) => 1 - (channels.inactive[channelOf[j] as number] as number)),
      );
    },
  };
}

function meanOver(columns: readonly number[], value: (column: number) => number): number {
  return columns.length === 0 ? 0 : columns.reduce((sum, j) => sum + value(j), 0) / columns.length;
}

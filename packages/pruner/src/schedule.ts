import { PrunerError } from "./errors.js";

/** The share of the pruning that is done after a share of the steps. */
export type Schedule = "linear" | "cubic" | "one-shot" | ((share: number) => number);

/** In how many steps the share to remove is reached, and how much each does. */
export interface StepOptions {
  /** Prune in this many steps, each scored on what the last one left. @default 1 */
  readonly steps?: number;
  /** How much is done by when: `cubic` does most of it early (1 - (1 - t)^3). @default "linear" */
  readonly schedule?: Schedule;
}

/** Each scores the whole model: more steps say nothing more, and never end. */
const mostSteps = 1000;

const shapes = {
  linear: (t: number): number => t,
  cubic: (t: number): number => 1 - (1 - t) ** 3,
  "one-shot": (): number => 1,
};

/** The share that is done after each step, rising to 1. */
export function sharesOf({ steps = 1, schedule = "linear" }: StepOptions): number[] {
  if (!(Number.isSafeInteger(steps) && steps > 0 && steps <= mostSteps))
    throw new PrunerError("bad-option", {
      option: "steps",
      value: steps,
      want: `a whole number from 1 to ${mostSteps}`,
    });
  const shape = typeof schedule === "function" ? schedule : shapes[schedule];
  if (!shape)
    throw new PrunerError("bad-option", {
      option: "schedule",
      value: schedule,
      want: `one of ${Object.keys(shapes).join(", ")}, or a function`,
    });
  const shares = Array.from({ length: steps }, (_, i) => (i === steps - 1 ? 1 : shape((i + 1) / steps)));
  shares.forEach((done, i) => {
    if (!(done >= (shares[i - 1] ?? 0) && done <= 1))
      throw new PrunerError("bad-option", { option: "schedule", value: done, want: "rising from 0 to 1" });
  });
  return shares;
}

import type { CurvePoint } from "./checkpoint.js";
import type { Feeder } from "./feeder.js";
import { floatsOf, numberOf, type Tensors } from "./runtime.js";
import type { Stepper } from "./stepper.js";

export interface HeldOut {
  readonly stepper: Stepper;
  readonly feeder: Feeder;
  readonly places: Int32Array;
  readonly batch: number;
  /** Whether the last batch may be smaller. */
  readonly isOpen: boolean;
  readonly loss: string;
  readonly scores: string | undefined;
  readonly labels: Int32Array | undefined;
}

/** Loss and accuracy on what is held out, with the weights as they are. */
export async function look(held: HeldOut): Promise<Pick<CurvePoint, "loss" | "accuracy">> {
  const { stepper, feeder, places, batch, isOpen, scores, labels } = held;
  let [loss, right, total] = [0, 0, 0];
  for (let from = 0; from < places.length; from += batch) {
    const own = places.subarray(from, Math.min(from + batch, places.length));
    if (own.length < batch && !isOpen && total > 0) break;
    const made = await stepper.look(await feeder.plain(own, stepper.lookInputs));
    loss += numberOf(made[held.loss]) * own.length;
    total += own.length;
    if (scores !== undefined && labels) right += hits(made[scores], own, labels);
  }
  return { loss: loss / total, accuracy: scores !== undefined && labels ? right / total : undefined };
}

function hits(scores: Tensors[string] | undefined, places: Int32Array, labels: Int32Array): number {
  const width = scores?.dims.at(-1) ?? 1;
  const values = floatsOf(scores);
  let right = 0;
  places.forEach((place, i) => {
    let top = i * width;
    for (let c = top; c < (i + 1) * width; c++) if ((values[c] as number) > (values[top] as number)) top = c;
    if (top - i * width === labels[place]) right++;
  });
  return right;
}

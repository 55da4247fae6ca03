import { WorkflowError } from "../errors.js";
import type { Drawn } from "./draw-samples.js";
import { isOneSample } from "./ranges.js";

/** Some batches are kept to judge by, and samples differ. */
export function checkRecoverable({ batches, count, path }: Drawn): void {
  const refuse = (why: string): WorkflowError => new WorkflowError("bad-samples", { path, why });
  if (batches.length < 3)
    throw refuse(
      `3 batches of ${Math.ceil(count / batches.length)} are needed to win accuracy back, and the data has ${count} in all`,
    );
  if (isOneSample(batches)) throw refuse(`all ${count} samples hold the same values`);
}

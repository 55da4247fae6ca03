import type { Confirmation, Point } from "./curve.js";
import { holdsWithinNoise } from "./hold.js";
import type { Bar, JudgedModel } from "./judged-model.js";

interface Confirming<Candidate> {
  /** The candidate of a budget. */
  remake(target: number): Candidate | Promise<Candidate>;
  confirm(candidate: Candidate): Promise<JudgedModel>;
  onConfirmation(found: Confirmation): void;
}

/**
 * The smallest candidate of those that held in a search which does not fall short on samples without a part in it by
 * more than chance does; undefined where all do.
 */
export async function smallestConfirmed<Candidate>(
  held: readonly Point[],
  bar: Bar,
  { remake, confirm, onConfirmation }: Confirming<Candidate>,
): Promise<Candidate | undefined> {
  for (const { target, left } of [...held].sort((a, b) => a.left - b.left)) {
    const candidate = await remake(target);
    const found = await confirm(candidate);
    const isHeld = holdsWithinNoise(found, bar);
    onConfirmation({ target, left, holds: isHeld, ...found });
    if (isHeld) return candidate;
  }
  return undefined;
}

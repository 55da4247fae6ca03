/** One batch in this many is held out of those that fits are made from. */
const heldOutEvery = 8;

/** Whether a batch judges fits instead of making them; with one batch alone nothing does. */
export function isHeldOut(batch: number, batches: number): boolean {
  if (batches === 1) return false;
  return batches < heldOutEvery ? batch === batches - 1 : batch % heldOutEvery === heldOutEvery - 1;
}

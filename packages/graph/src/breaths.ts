/** Work in steps: wherever it yields, other work may run. */
export type Steps<Made> = Generator<void, Made, void>;

/** Milliseconds that may be computed without letting other work run. */
const held = 16;

/** To be awaited between steps: lets other work run if none could for a while, and ends where the signal asks for it. */
export function breather(signal?: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    signal?.throwIfAborted();
    if (performance.now() - last < held) return;
    await new Promise<void>((resolve) => setTimeout(resolve));
    last = performance.now();
    signal?.throwIfAborted();
  };
}

/** Does the steps, with a breath between them. */
export async function inBreaths<Made>(steps: Steps<Made>, breathe: () => Promise<void>): Promise<Made> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await breathe();
  }
}

/** Does all steps at once. */
export function atOnce<Made>(steps: Steps<Made>): Made {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

const ways = new WeakMap<object, unknown>();

/** A function that does all steps at once, of which `stepsBehind` knows the steps: long ones that others should breathe in. */
export function wholeOf<Args extends unknown[], Made>(
  steps: (...args: Args) => Steps<Made>,
): (...args: Args) => Made {
  const whole = (...args: Args): Made => atOnce(steps(...args));
  ways.set(whole, steps);
  return whole;
}

/** The steps of a function that `wholeOf` made; undefined of any other. */
export const stepsBehind = <Args extends unknown[], Made>(
  whole: (...args: Args) => Made,
): ((...args: Args) => Steps<Made>) | undefined =>
  ways.get(whole) as ((...args: Args) => Steps<Made>) | undefined;

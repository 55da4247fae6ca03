/** Milliseconds that others wait at most, about. */
const most = 50;

/**
 * Lets timers, clicks and signals have their turn now and then: what TensorFlow.js computes here holds the thread from one
 * end to the other, promises or not.
 */
export function breathing(signal: AbortSignal | undefined): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > most) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
}

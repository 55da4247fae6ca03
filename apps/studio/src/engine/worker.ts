import { createEngine } from "./engine.js";
import type { Abort, Reply, Request } from "./protocol.js";
import { shownError } from "./shown-error.js";

const engine = createEngine();
const aborts = new Map<number, AbortController>();
const post = (reply: Reply): void => globalThis.postMessage(reply);

globalThis.addEventListener("message", async ({ data }: MessageEvent<Request | Abort>) => {
  if ("abort" in data) {
    aborts.get(data.id)?.abort();
    return;
  }
  const { id, method, args } = data;
  const abort = new AbortController();
  aborts.set(id, abort);
  try {
    const job = { signal: abort.signal, onProgress: (progress: unknown) => post({ id, progress }) };
    const result = await engine.run(method, args, job);
    post({ id, result });
  } catch (error) {
    post({ id, error: shownError(error) });
  } finally {
    aborts.delete(id);
  }
});

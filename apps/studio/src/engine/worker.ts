import { createEngine } from "./engine.js";
import type { Abort, Reply, Request, ShownError } from "./protocol.js";

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
    post({ id, error: shown(error) });
  } finally {
    aborts.delete(id);
  }
});

/** Typed errors keep their code and advice; a file that can't be read any more gets words of its own. */
function shown(error: unknown): ShownError {
  if (!(error instanceof Error)) return { name: "Error", code: undefined, message: String(error) };
  if (error.name === "AbortError")
    return { name: error.name, code: "aborted", message: "Cancelled. Nothing was made." };
  if (error.name === "NotFoundError" || error.name === "NotReadableError")
    return {
      name: error.name,
      code: "unreadable-file",
      message: "A file can't be read any more: it was moved or changed since it was opened. Open it again.",
    };
  const { code } = error as { code?: unknown };
  return { name: error.name, code: typeof code === "string" ? code : undefined, message: error.message };
}

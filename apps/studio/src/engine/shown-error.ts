import type { ShownError } from "./protocol.js";

/** Typed errors keep their code and advice; a file that can't be read any more gets words of its own. */
export function shownError(error: unknown): ShownError {
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

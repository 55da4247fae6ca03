import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import type { Model } from "../model.js";
import { hashFile } from "../outline/hash-file.js";
import { withFile } from "./open-file.js";

/**
 * The sha256 of a model, as 64 hex digits. Only the .onnx file itself is hashed, not its external data: it names
 * every tensor, and reading gigabytes of weights to name a model would cost more than cutting it.
 */
export function hashModel(model: string | Pick<Model, "source" | "inlined" | "outlined">): string {
  if (typeof model !== "string" && model.outlined) return hashFile(model.outlined.file);
  const hash = createHash("sha256");
  if (typeof model !== "string") return hash.update(model.inlined?.original ?? model.source).digest("hex");
  withFile(model, (file) => {
    const buffer = new Uint8Array(1 << 20);
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer))
      hash.update(buffer.subarray(0, read));
  });
  return hash.digest("hex");
}

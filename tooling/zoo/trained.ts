import { readdirSync } from "node:fs";
import { join } from "node:path";
import { sharedFile } from "./zoo.js";

/** Models under ../shared by a short name, sorted; none where it is absent. `withWeights` makes all of them runnable. */
export function trainedModels(): Map<string, string> {
  const folder = sharedFile("models");
  if (!folder) return new Map();
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((file) =>
    file.endsWith(".onnx"),
  );
  const named = files.map((file): [string, string] => [
    file.replace(/^onnx\//, "").replace(/\.onnx$/, ""),
    join(folder, file),
  ]);
  return new Map(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

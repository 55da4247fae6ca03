import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const shared = fileURLToPath(new URL("../../../../../shared", import.meta.url));

export const haveShared: boolean = existsSync(shared);

/** Paths of the zoo's and the trained ONNX models, by short name; none without `../shared`. */
export function sharedModels(): (readonly [name: string, path: string])[] {
  if (!haveShared) return [];
  return ["zoo", "models"].flatMap((folder) =>
    readdirSync(join(shared, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".onnx"))
      .map((name) => [join(folder, name), join(shared, folder, name)] as const),
  );
}

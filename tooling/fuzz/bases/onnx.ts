import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { anyOf, type Base } from "../mutant.js";
import { damaged } from "../mutate/bytes.js";
import { decodeModel, encodeModel, onnxEdits } from "../mutate/onnx/onnx.js";
import { seeded } from "../random.js";
import { ways } from "../ways.js";
import { onnxModels } from "./models.js";
import { moreOnnx } from "./more-onnx.js";

const edit = anyOf(onnxEdits);

/** ONNX models, changed as messages; one in eight is damaged as a file. */
export function onnxBases(): Base[] {
  const glyphs = readFileSync(
    fileURLToPath(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url)),
  );
  const models = new Map([
    ...[...onnxModels()].map(
      ([name, bytes]) => [name, { bytes, files: new Map<string, Uint8Array>() }] as const,
    ),
    ...moreOnnx(),
    ["glyphs", { bytes: new Uint8Array(glyphs), files: new Map<string, Uint8Array>() }] as const,
  ]);
  return [...models].map(([name, { bytes: whole, files }]) => ({
    kind: "onnx",
    name,
    mutate(seeds) {
      const edits: string[] = [];
      let bytes = whole;
      for (const seed of seeds) {
        const random = seeded(seed);
        if (random.once(8)) {
          const made = damaged(bytes, random);
          bytes = made.bytes;
          edits.push(made.edit);
          continue;
        }
        try {
          const model = decodeModel(bytes);
          edits.push(edit(model, random));
          bytes = encodeModel(model);
        } catch (error) {
          // What was damaged before can't be read as a message any more, or what was set can't be one.
          edits.push(`nothing (${(error as Error).message})`);
        }
      }
      return {
        files: new Map([...files, ["model.onnx", bytes]]),
        args: ways("@/model.onnx", "@/out.onnx", seeded((seeds[0] ?? 0) + 1)),
        edits,
      };
    },
  }));
}

import type { TfjsModel } from "@prune/tfjs";
import { filesOfModel } from "@prune/tfjs/advanced";
import { useBackend } from "../../../packages/tfjs/test/use-backend.js";
import { anyOf, type Base, type Edits } from "../mutant.js";
import { damaged } from "../mutate/bytes.js";
import { graphEdits } from "../mutate/graph.js";
import { encoded, type Json, type JsonDocument } from "../mutate/json.js";
import { layersEdits } from "../mutate/layers.js";
import { seeded } from "../random.js";
import { ways } from "../ways.js";
import { graphModels, layersModels } from "./models.js";

/** TensorFlow.js models of one kind, changed as JSON; one in six is damaged as files. */
async function basesOf(
  kind: string,
  models: ReadonlyMap<string, TfjsModel>,
  edits: Edits<JsonDocument>,
): Promise<Base[]> {
  const edit = anyOf(edits);
  const bases: Base[] = [];
  for (const [name, model] of models) {
    const { json, shards } = await filesOfModel(model);
    const text = JSON.stringify(json);
    bases.push({
      kind,
      name,
      mutate(seeds) {
        const told: string[] = [];
        let main = new TextEncoder().encode(text);
        const files = new Map(shards.map(({ path, bytes }) => [path, bytes]));
        for (const seed of seeds) {
          const random = seeded(seed);
          if (random.once(6)) {
            const path = random.pick(["model.json", ...files.keys()]);
            const made = damaged(files.get(path) ?? main, random);
            if (path === "model.json") main = made.bytes as typeof main;
            else files.set(path, made.bytes);
            told.push(`${path}: ${made.edit}`);
            continue;
          }
          try {
            const document = { value: JSON.parse(new TextDecoder().decode(main)) as Json };
            told.push(edit(document, random));
            main = encoded(document.value) as typeof main;
          } catch (error) {
            told.push(`nothing (${(error as Error).message})`);
          }
        }
        return {
          files: new Map([...files, ["model.json", main]]),
          args: ways("@/model.json", "@/out", seeded((seeds[0] ?? 0) + 1)),
          edits: told,
        };
      },
    });
  }
  return bases;
}

export const graphBases = (): Promise<Base[]> => basesOf("graph", graphModels(), graphEdits);

export async function layersBases(): Promise<Base[]> {
  await useBackend("cpu");
  return basesOf("layers", layersModels(), layersEdits);
}

import { openModel } from "@prune/onnx/node";
import { describe, expect, test } from "vitest";
import { pruneAlike } from "../../../tooling/accuracy/alike.js";
import { sharedFile } from "../../../tooling/zoo/zoo.js";

const sample = new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url).pathname;

describe.each([
  ["glyphs", sample],
  ["cifar-resnet20", sharedFile("models/cifar-resnet20.onnx")],
  ["cifar-vit", sharedFile("models/cifar-vit.onnx")],
])("Torch-Pruning's L2 formula on %s", (model, path) => {
  for (const ranking of ["local", "global"] as const)
    test.skipIf(path === undefined)(
      `chooses the same units, ${ranking}`,
      async () => {
        for (const ratio of [0.2, 0.5]) {
          const { removed, same } = await pruneAlike(openModel(path as string), { model, ranking, ratio });
          expect(removed, `${ratio}`).toBeGreaterThan(0);
          expect(same, `${ratio}`).toBe(true);
        }
      },
      60_000,
    );
});

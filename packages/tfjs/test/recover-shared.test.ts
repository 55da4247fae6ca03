import { expect, it } from "vitest";
import { pictures } from "../../../tooling/recovery/images.js";
import { sharedFile } from "../../../tooling/zoo/zoo.js";
import { halveGraph } from "../examples/halve-graph.js";

const file = sharedFile("models/tfjs-graph/emotion-mini.json");

it.skipIf(!file || !sharedFile("models/cifar10-train.images.u8"))(
  "a trained GraphModel at half of its work answers nearer to the original on pictures that it has not seen",
  async () => {
    const options = { range: [-1, 1], count: 24 } as const;
    const { macs, report } = await halveGraph(file as string, pictures("cifar10-train", 24), options);
    expect(macs).toBeCloseTo(0.5, 2);
    expect(report).toMatchObject({ result: "recovered", skipped: [] });
    expect(report.before.error).toBeGreaterThan(1);
    expect(report.after.error).toBeLessThan(0.5 * report.before.error);
    expect(report.after.cosine).toBeGreaterThan(report.before.cosine);
    for (const { before, after } of report.layers) expect(after).toBeLessThanOrEqual(before);
  },
  60_000,
);

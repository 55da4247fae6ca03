import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { expect, test } from "vitest";
import { sharedFile, zooNames } from "../../../../tooling/zoo/zoo.js";

const backend = onnx();

test.skipIf(zooNames().length === 0)(
  "ViT-B/32 at one half, dims inside heads too, classifier kept, has the parameters that Torch-Pruning counts",
  () => {
    const model = openModel(sharedFile("zoo/tv-vit_b_32.onnx") as string);
    const trace = backend.trace(model);
    const channels = trace.families.filter(({ kind }) => kind === "channels");
    const units = channels.flatMap((family) => [...family.units.subarray(0, family.units.length >> 1)]);
    const cut = trace.cut({ units, atoms: [] });
    expect(cut.findings).toEqual([]);
    expect(backend.cost(model, trace).parameters).toBe(88_224_232);
    expect(backend.cost(model, trace, cut).parameters).toBe(22_878_952);
  },
  60_000,
);

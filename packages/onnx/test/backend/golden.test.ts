import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { expect, test } from "vitest";
import { hydrated, zooNames } from "../../../../tooling/zoo/zoo.js";

const backend = onnx();

test.skipIf(zooNames().length === 0)(
  "ResNet-18 at one half, classifier kept, has the parameters that Torch-Pruning counts",
  async () => {
    const model = openModel((await hydrated("var-resnet18-unfused")) as string);
    const trace = backend.trace(model);
    const units = trace.families.flatMap((family) => [...family.units.subarray(0, family.units.length >> 1)]);
    const cut = trace.cut({ units, atoms: [] });
    expect(cut.findings).toEqual([]);
    expect(backend.cost(model, trace).parameters).toBe(11_689_512);
    expect(backend.cost(model, trace, cut).parameters).toBe(3_055_880);
  },
  60_000,
);

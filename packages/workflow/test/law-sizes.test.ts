import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pruneFile } from "@prune/workflow/node";
import { afterAll, expect, test } from "vitest";
import { floats, modelBytes, node } from "../../onnx/test/files/build-model.js";
import { npy } from "../../samples/test/files.js";

const folder = mkdtempSync(join(tmpdir(), "prune-law-sizes-"));
afterAll(() => rmSync(folder, { recursive: true }));

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(12.9898 * i));

/** A window as large as no size that is guessed. */
const model = modelBytes({
  name: "wide",
  input: [
    {
      name: "x",
      type: {
        tensorType: { elemType: 1, shape: { dim: [open("n"), { dimValue: 1 }, open("h"), open("w")] } },
      },
    },
  ],
  output: [{ name: "y", type: { tensorType: { elemType: 1 } } }],
  initializer: [floats("w1", [8, 1, 1, 1], numbers(8)), floats("w2", [2, 8, 1, 1], numbers(16))],
  node: [
    node("Conv", ["x", "w1"], ["h1"]),
    node("Relu", ["h1"], ["h2"]),
    node("MaxPool", ["h2"], ["h3"], { attribute: [{ name: "kernel_shape", type: 7, ints: [240, 240] }] }),
    node("Conv", ["h3", "w2"], ["y"]),
  ],
});

function open(dimParam: string): { dimParam: string } {
  return { dimParam };
}

test("the law is checked at the sizes that samples have, or that are given", async () => {
  const path = join(folder, "m.onnx");
  const data = join(folder, "x.npy");
  writeFileSync(path, model);
  writeFileSync(data, npy("<f4", [4, 1, 243, 241], numbers(4 * 243 * 241)));
  const out = (name: string): string => join(folder, name);
  await expect(pruneFile(path, { ratio: 0.5, out: out("none.onnx") })).rejects.toMatchObject({
    code: "unverified",
  });
  for (const [name, how] of Object.entries({
    data: { data, recover: "none" },
    sizes: { sizes: { h: 243, w: 241 } },
  })) {
    const { report } = await pruneFile(path, { ratio: 0.5, out: out(`${name}.onnx`), ...how });
    expect(report.law).toMatchObject({ holds: true, vacuous: false });
  }
}, 120_000);

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { magnitude } from "@prune/importance-magnitude";
import { type Model, onnx, readModel } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { plan } from "@prune/pruner";
import { account } from "@prune/pruner/advanced";
import { describedGroup, htmlReport, type Picture, pictureOf } from "@prune/report";
import { type LeftGroup, leftGroups } from "@prune/report/advanced";
import { litOf } from "@prune/report/view";
import { describe, expect, test } from "vitest";
import { fromFrontCoded, frontCoded } from "../src/packed/front-coded.js";
import { packed, unpacked } from "../src/packed/packed-picture.js";

const sample = fileURLToPath(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url));
const swin = fileURLToPath(new URL("../../../../shared/zoo/tv-swin_t.trace.onnx", import.meta.url));

interface Made {
  readonly picture: Picture;
  readonly left: readonly LeftGroup[];
  readonly report: Parameters<typeof htmlReport>[0]["report"];
}

async function made(model: Model): Promise<Made> {
  const backend = onnx();
  const trace = backend.trace(model);
  // The sizes of groups are scores that need no weights, which the zoo's graphs come without.
  const importance = {
    ...magnitude(),
    score: async ({ units }: { readonly units: ArrayLike<number> }) =>
      new Float32Array(units.length).map((_, i) => i),
  };
  const options = { backend, importance, ratio: 0.4, trace };
  const { chosen } = await plan(model, options);
  const { report } = await account(model, trace, chosen, options);
  const picture = pictureOf(model, backend, trace, {
    model: "model",
    cut: chosen.cut,
    attributes: ({ op }) => ({ of: op, group: "1" }),
  });
  return { picture, report: { ...report, model: "model" }, left: leftGroups(trace, picture, chosen.choices) };
}

test("texts are the same again", () => {
  const texts = ["", "a", "a/b", "a/b/c", "a/c", "b"];
  expect(fromFrontCoded(frontCoded(texts))).toEqual(texts);
});

describe("a packed picture", () => {
  test("is the picture and its groups again", async () => {
    const { picture, left } = await made(readModel(readFileSync(sample)));
    expect(unpacked(JSON.parse(JSON.stringify(packed({ picture, groups: left }))))).toEqual(
      JSON.parse(JSON.stringify({ picture, groups: left })),
    );
  });
  test("has what leaves with each layer, as the library finds it", async () => {
    const model = readModel(readFileSync(sample));
    const { picture, left } = await made(model);
    const trace = onnx().trace(model);
    const conv = left.find(({ axis }) => axis === "layers.1.conv2.weight:0");
    const group = trace.group(
      { tensor: "layers.1.conv2.weight", dim: 0 },
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    );
    const lit = litOf(picture, describedGroup(group));
    expect(conv?.lit.map(({ place }) => place)).toEqual([...lit.keys()]);
    expect(conv?.lit[0]?.label).toMatch(/^dim 0: 0-\d+$/);
    expect(Math.max(...(conv?.lit ?? []).map(({ wave }) => wave))).toBeGreaterThan(1);
  });
});

test.skipIf(!existsSync(swin))(
  `the report of a network of 6,170 nodes is under 1 MB${existsSync(swin) ? "" : " (skipped: ../shared is absent)"}`,
  { timeout: 60_000 },
  async () => {
    const { picture, left, report } = await made(openModel(swin));
    const html = htmlReport({ report, picture, left });
    expect(left.length).toBeGreaterThan(10);
    expect(html.length).toBeLessThan(1_000_000);
    expect(unpacked(packed({ picture, groups: left })).picture.edges).toEqual(picture.edges);
  },
);

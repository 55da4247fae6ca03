import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { magnitude } from "@prune/importance-magnitude";
import { onnx, readModel } from "@prune/onnx";
import { plan } from "@prune/pruner";
import { account } from "@prune/pruner/advanced";
import { blocksOf, htmlReport, type Picture, pictureOf } from "@prune/report";
import { pathsOf } from "@prune/report/advanced";
import { scatterSvg, sweepPage } from "@prune/report/sweep";
import { layOut, layOutAsked } from "@prune/report/view";
import { describe, expect, test } from "vitest";
import { requestOf, withBlocksOf } from "../src/view/nested-layout.js";

const sample = fileURLToPath(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url));

async function pruned(): Promise<{ picture: Picture; report: Parameters<typeof htmlReport>[0]["report"] }> {
  const backend = onnx();
  const model = readModel(readFileSync(sample));
  const options = { backend, importance: magnitude(), ratio: 0.5 };
  const { trace, chosen } = await plan(model, options);
  const { report } = await account(model, trace, chosen, options);
  const picture = pictureOf(model, backend, trace, { model: "glyphs.onnx", cut: chosen.cut });
  return { picture, report: { ...report, model: "glyphs.onnx" } };
}

const named = { outputs: [], parameters: [], from: [] };

describe("paths of nodes", () => {
  test("names with slashes are blocks, without what exporters repeat", () => {
    expect(pathsOf([{ ...named, name: "/layer1/layer1.0/conv1/Conv" }])).toEqual([["layer1", "0", "conv1"]]);
  });
  test("what the exporter noted comes first", () => {
    const module = "layer1.0.conv1";
    expect(pathsOf([{ ...named, name: "/elsewhere/Conv", module }])).toEqual([["layer1", "0", "conv1"]]);
  });
  test("names of weights say where a node lies, and what it reads where a node has none", () => {
    const weights = ["encoder.0.fc1.weight", "encoder.0.fc2.weight"];
    expect(
      pathsOf([
        { ...named, name: "node_1", parameters: weights.slice(0, 1) },
        { ...named, name: "node_2", parameters: weights.slice(1) },
        { ...named, name: "node_3", from: [0, 1] },
      ]),
    ).toEqual([
      ["encoder", "0", "fc1"],
      ["encoder", "0", "fc2"],
      ["encoder", "0"],
    ]);
  });
});

describe("blocks", () => {
  test("hold every node once, and few children each", () => {
    const root = blocksOf(Array.from({ length: 1500 }, () => []));
    const found: number[] = [];
    const visit = ({ children }: typeof root): void => {
      expect(children.length).toBeLessThanOrEqual(48);
      for (const child of children)
        if (typeof child === "number") found.push(child);
        else visit(child);
    };
    visit(root);
    expect(found).toEqual([...Array(1500).keys()]);
  });
  test("a block of one block is named by both", () => {
    const root = blocksOf([["a", "b"], ["a", "b"], []]);
    expect(root.children).toMatchObject([{ name: "a/b", size: 2 }, 2]);
  });
});

test("a picture says what became of every tensor", async () => {
  const { picture, report } = await pruned();
  const conv = picture.nodes.find(({ parameters }) =>
    parameters.some(({ name }) => name === "layers.0.conv1.weight"),
  );
  expect(conv).toMatchObject({ op: "Conv", path: ["layers", "0", "conv1"] });
  expect(conv?.parameters[0]).toEqual({
    name: "layers.0.conv1.weight",
    shape: "[16, 16, 3, 3]",
    after: "[8, 8, 3, 3]",
  });
  const sum = (of: "macs" | "macsAfter"): number =>
    picture.nodes.reduce((all, node) => all + (node[of] ?? Number.NaN), 0);
  expect(sum("macs")).toBe(report.before.macs);
  expect(sum("macsAfter")).toBe(report.after.macs);
});

test("boxes of a layout lie inside their block and beside each other", async () => {
  const { picture } = await pruned();
  const root = blocksOf(picture.nodes.map(({ path }) => path));
  const layout = layOut(root, picture.edges, { isOpen: () => true, widthOf: () => 100 });
  let count = 0;
  const visit = (boxes: typeof layout.boxes): void => {
    boxes.forEach((a, i) => {
      for (const b of boxes.slice(i + 1)) {
        const apart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart).toBe(true);
      }
      for (const inner of a.inside?.boxes ?? []) {
        expect(inner.x).toBeGreaterThanOrEqual(a.x);
        expect(inner.y + inner.height).toBeLessThanOrEqual(a.y + a.height);
      }
      if (typeof a.of === "number") count++;
      visit(a.inside?.boxes ?? []);
    });
  };
  visit(layout.boxes);
  expect(count).toBe(picture.nodes.length);
});

describe("the HTML report", () => {
  test("asks for nothing, and is small", async () => {
    const html = htmlReport(await pruned());
    expect(html).not.toMatch(/\b(src|href)\s*=/);
    expect(html.length).toBeLessThan(300_000);
    expect(html).toContain("Not proven: the law was not checked");
  });
  test("names of a model can't end its script or become elements", async () => {
    const { picture, report } = await pruned();
    const evil = "</script><img src=x onerror=alert(1)>\u001b[31m";
    const html = htmlReport({
      picture: { ...picture, model: evil, nodes: picture.nodes.map((node) => ({ ...node, name: evil })) },
      report: {
        ...report,
        model: evil,
        groups: [{ axis: evil, part: "channels", kept: 1, total: 2, why: [evil] }],
      },
      recipe: { evil },
    });
    expect(html).not.toContain("<img");
    expect(html).not.toContain("\u001b");
    expect(html.split("</script>")).toHaveLength(3);
  });
});

describe("a page of many candidates", () => {
  const scatter = {
    title: "accuracy by <macs>",
    x: "macs",
    y: "accuracy",
    points: [
      { x: 1, y: 0.5, label: "a", isFront: true },
      { x: 2, y: 0.9, label: '"><script>', isFront: true },
      { x: 3, y: 0.4, label: "c", isFront: false },
    ],
    original: { x: 4, y: 1 },
  };

  test("shows all points, the front as a line, and markup as text", () => {
    const svg = scatterSvg(scatter);
    expect(svg.match(/<circle/g)).toHaveLength(3);
    expect(svg).toMatch(/class="line" d="M[\d. ]+L[\d. ]+"/);
    expect(svg).not.toContain("<script>");
    expect(scatterSvg({ ...scatter, points: [] })).not.toContain("NaN");
    expect(
      scatterSvg({ ...scatter, points: [{ x: 5, y: 5, label: "", isFront: true }], original: {} }),
    ).not.toContain("NaN");
  });

  test("runs no script and asks for nothing", () => {
    const html = sweepPage({
      title: "Sweep of <b>",
      summary: "",
      columns: [{ name: "macs", print: String }],
      rows: [
        { label: "ratio=0.5", model: "a", values: [1], isFront: true, files: { recipe: "recipes/a b.json" } },
        { label: "ratio=0.9", model: "a", values: [undefined], isFront: false, why: "refused: <none>" },
      ],
      scatters: [scatter],
      reproduce: "</pre><script>",
    });
    expect(html).not.toMatch(/<script|<b>|<none>|https?:\/\/(?!www\.w3\.org)/);
    expect(html).toContain('href="recipes/a%20b.json"');
    expect(html).toContain("default-src 'none'");
  });
});

test("a layout that a worker made is the one that is made at once, with the blocks at hand", async () => {
  const { picture } = await pruned();
  const root = blocksOf(picture.nodes.map(({ path }) => path));
  const widthOf = (child: number | { readonly name: string }): number =>
    typeof child === "number" ? 80 + (child % 7) : 140 + child.name.length;
  const first = root.children.find((child) => typeof child !== "number");
  const open = new Set(typeof first === "object" ? [first.path] : []);
  const here = layOut(root, picture.edges, { isOpen: ({ path }) => open.has(path), widthOf });
  const there = structuredClone(layOutAsked(structuredClone(requestOf(root, picture.edges, open, widthOf))));
  const back = withBlocksOf(root, there);
  expect(open.size).toBe(1);
  expect(back).toEqual(here);
  const box = back.boxes.find(({ inside }) => inside);
  expect(box?.of).toBe(first);
});

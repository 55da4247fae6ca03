import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { macsOf } from "@prune/graph";
import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { floats, info, modelBytes, node } from "../../../packages/onnx/test/files/build-model.js";
import { npy } from "../../../packages/samples/test/files.js";
import { prune } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-sizes-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const weights = (name: string, dims: number[]) =>
  floats(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(7 * i + dims.length) / 4),
  );
const strided = {
  attribute: [
    { name: "strides", type: 7, ints: [2, 2] },
    { name: "pads", type: 7, ints: [1, 1, 1, 1] },
  ],
};

/** Three convolutions over images of any size, whose sums a wide product follows: what one size costs says little of another. */
const network = modelBytes({
  name: "open",
  input: [info("x", ["batch", 3, "height", "width"])],
  output: [info("y", ["batch", 300])],
  initializer: [
    weights("w1", [24, 3, 3, 3]),
    weights("w2", [32, 24, 3, 3]),
    weights("w3", [48, 32, 3, 3]),
    weights("w4", [48, 300]),
  ],
  node: [
    node("Conv", ["x", "w1"], ["a"], strided),
    node("Relu", ["a"], ["b"]),
    node("Conv", ["b", "w2"], ["c"], strided),
    node("Relu", ["c"], ["d"]),
    node("Conv", ["d", "w3"], ["e"], strided),
    node("GlobalAveragePool", ["e"], ["f"]),
    node("Flatten", ["f"], ["g"]),
    node("MatMul", ["g", "w4"], ["y"]),
  ],
});

const model = at("open.onnx");
beforeAll(() => {
  mkdirSync(at("data"));
  writeFileSync(model, network);
});

const macsAt = (path: string, size: number): number => {
  const backend = onnx({ sizes: { height: size, width: size } });
  const read = openModel(path);
  return macsOf(backend.cost(read, backend.trace(read)));
};
const shareAt = (smaller: string, size: number): number => macsAt(smaller, size) / macsAt(model, size);
const sized = (size: number): string[] => ["--size", `height=${size}`, "--size", `width=${size}`];

describe("--size", { timeout: 60_000 }, () => {
  it("is what a budget is met at, and what the report, the page and the latency are of", async () => {
    const files = ["--report", at("report.json"), "--html", at("report.html")];
    const budget = ["--target", "macs=0.6", "--global", "--round-to", "1"];
    const { code, out, err } = await prune(model, "-o", at("small.onnx"), ...budget, ...sized(96), ...files);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const report = JSON.parse(readFileSync(at("report.json"), "utf8"));
    const share = report.after.macs / report.before.macs;
    expect(share).toBeGreaterThan(0.594);
    expect(share).toBeLessThanOrEqual(0.6);
    expect(shareAt(at("small.onnx"), 96)).toBeCloseTo(share, 12);
    expect(shareAt(at("small.onnx"), 192) / share).toBeCloseTo(1, 2);
    expect(report.before.sizes).toEqual([
      { name: "height", size: 96, from: "given" },
      { name: "width", size: 96, from: "given" },
    ]);
    expect(report.latency.inputs).toEqual({ x: [2, 3, 96, 96] });
    const said = "MACs are counted at height = 96 (given), width = 96 (given)";
    expect(out).toContain(`${said}\n`);
    expect(readFileSync(at("report.html"), "utf8")).toContain(said);
  });

  it("says where twice the size leaves another share", async () => {
    const { out } = await prune(model, "-o", at("tiny.onnx"), "--ignore", "w3", ...sized(8), "--no-verify");
    const [once, twice] = [8, 16].map((size) => `${(100 * shareAt(at("tiny.onnx"), size)).toFixed(1)} %`);
    expect(out).toContain(`; at twice these sizes ${twice} are left, not ${once}`);
  });

  it("may stand in a configuration, and is assumed and said where it stands nowhere", async () => {
    writeFileSync(at("prune.config.json"), JSON.stringify({ sizes: { height: 40, width: 8 } }));
    const config = ["--config", at("prune.config.json"), "--size", "width=40", "--ratio", "0.5"];
    const given = await prune(model, "-o", at("config.onnx"), ...config, "--no-verify", "--json");
    expect(JSON.parse(given.out).before.macs).toBe(macsAt(model, 40));
    const { out } = await prune("inspect", model);
    expect(out).toContain(
      "MACs are counted at height = 224 (assumed), width = 224 (assumed); --size height=N sets it",
    );
    const inspected = JSON.parse((await prune("inspect", model, ...sized(64), "--json")).out);
    expect(inspected.cost.macs).toBe(macsAt(model, 64));
  });

  it("comes from the samples where there are some", async () => {
    const data = at("data/images.npy");
    const count = 24;
    const values = Array.from({ length: count * 3 * 40 * 40 }, (_, i) => Math.cos(i));
    writeFileSync(data, npy("<f4", [count, 3, 40, 40], values));
    const { code, out, err } = await prune(model, "-o", at("data.onnx"), "--data", data, "--json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { before } = JSON.parse(out);
    expect(before.macs).toBe(macsAt(model, 40));
    expect(before.sizes).toEqual([
      { name: "height", size: 40, from: "samples" },
      { name: "width", size: 40, from: "samples" },
    ]);
  });

  it("is refused where the model leaves no such size open", async () => {
    const { code, err } = await prune(model, "-o", at("no.onnx"), "--size", "heigth=96");
    expect(code).toBe(1);
    expect(err).toContain('This model leaves no size "heigth" open (did you mean "height"?)');
    expect((await prune("inspect", model, "--size", "height")).code).toBe(2);
  });
});

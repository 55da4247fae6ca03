import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WorkflowError } from "@prune/workflow";
import { afterAll, describe, expect, it } from "vitest";
import {
  floats,
  type GraphParts,
  info,
  modelBytes,
  node,
} from "../../../packages/onnx/test/files/build-model.js";
import { binned, tokened, weights } from "../../../packages/pruner/test/models.js";
import { prune } from "./command.js";

const base = mkdtempSync(join(tmpdir(), "prune-verify-"));
let count = 0;
afterAll(() => rmSync(base, { recursive: true }));

/** Prunes a model and verifies what came of it. */
async function verified(graph: GraphParts, ...asked: readonly string[]) {
  const folder = join(base, String(count++));
  mkdirSync(folder);
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("m.onnx"), modelBytes(graph, { opsetImport: [{ domain: "", version: 17 }] }));
  const made = await prune(at("m.onnx"), "-o", at("s.onnx"), "--recipe", at("r.json"), ...asked);
  expect({ code: made.code, err: made.err }).toEqual({ code: 0, err: "" });
  const { code, out } = await prune("verify", at("m.onnx"), at("s.onnx"), "--recipe", at("r.json"), "--json");
  return { code, ...(JSON.parse(out) as { zeroed: object; law: object; findings: string[] }) };
}

const axis = (value: number) => ({ attribute: [{ name: "axis", type: 2, i: value }] });
const axes = (...ints: number[]) => ({ attribute: [{ name: "axes", type: 7, ints }] });

/** x [2, 5, 4] -> 12 hidden, normalised -> weights over the hidden dims by a softmax in parts -> y. */
const normed: GraphParts = {
  name: "normed",
  input: [info("x", [2, 5, 4])],
  output: [info("y", [2, 5, 3])],
  initializer: [
    weights("w1", [4, 12], 1),
    weights("scale", [12], 2),
    weights("bias", [12], 3),
    weights("w2", [12, 12], 4),
    weights("w3", [12, 3], 5),
    { name: "last", dims: [1], dataType: 7, int64Data: [-1] },
  ],
  node: [
    node("MatMul", ["x", "w1"], ["a"]),
    node("LayerNormalization", ["a", "scale", "bias"], ["b"], axis(-1)),
    node("MatMul", ["b", "w2"], ["c"]),
    node("ReduceMax", ["c"], ["top"], axes(-1)),
    node("Sub", ["c", "top"], ["d"]),
    node("Exp", ["d"], ["e"]),
    node("ReduceSum", ["e", "last"], ["sum"]),
    node("Div", ["e", "sum"], ["f"]),
    node("MatMul", ["f", "w3"], ["y"]),
  ],
};

/** Attention without a softmax: query and key are exp(x w), whose product runs over 8 dims. */
const linear: GraphParts = {
  name: "linear",
  input: [info("x", [1, 5, 4])],
  output: [info("y", [1, 5, 3])],
  initializer: [
    weights("q", [4, 8], 1),
    weights("k", [4, 8], 2),
    weights("v", [4, 8], 3),
    weights("w", [8, 3], 4),
    weights("s", [8], 6),
  ],
  node: [
    node("MatMul", ["x", "q"], ["q1"]),
    node("Exp", ["q1"], ["q2"]),
    node("MatMul", ["x", "k"], ["k1"]),
    node("Exp", ["k1"], ["k2"]),
    node("Transpose", ["k2"], ["k3"], { attribute: [{ name: "perm", type: 7, ints: [0, 2, 1] }] }),
    node("MatMul", ["q2", "k3"], ["scores"]),
    node("Softmax", ["scores"], ["p"], axis(-1)),
    node("MatMul", ["x", "v"], ["v1"]),
    node("Div", ["v1", "s"], ["v2"]),
    node("MatMul", ["p", "v2"], ["z"]),
    node("MatMul", ["z", "w"], ["y"]),
  ],
};

/** Of pitches above 0, which pass a boundary that was set to zero. */
const above: GraphParts = {
  ...binned,
  initializer: (binned.initializer ?? []).map((tensor) =>
    tensor.name === "w2" ? floats("w2", [16, 1], new Array(16).fill(0.2)) : tensor,
  ),
};

describe("verify by zeroing", () => {
  it("excuses no boundaries and no tokens that were removed", async () => {
    for (const [graph, name] of [
      [above, "boundaries"],
      [tokened, "tokens"],
    ] as const) {
      const { code, law, zeroed, findings } = await verified(
        graph,
        "--layer-ratio",
        `${name}=0.5`,
        "-r",
        "0",
      );
      expect({ name, code, law, zeroed }).toMatchObject({
        code: 1,
        law: { holds: true },
        zeroed: { holds: false },
      });
      expect(findings.join()).toContain("set to zero computes something else");
    }
  }, 60_000);

  it("takes statistics over what lives, and what layers make for gone", async () => {
    for (const graph of [normed, linear, above, tokened]) {
      const result = await verified(graph, "-r", "0.5");
      expect(result).toMatchObject({ code: 0, zeroed: { holds: true, vacuous: false } });
    }
  }, 60_000);
});

it("takes no more time for the check than it is given", async () => {
  const folder = join(base, "time");
  mkdirSync(folder);
  const model = join(folder, "m.onnx");
  const out = join(folder, "s.onnx");
  writeFileSync(model, modelBytes(normed, { opsetImport: [{ domain: "", version: 17 }] }));
  const late = await prune(model, "-o", out, "--json", "--verify-time", "0.000001");
  expect(JSON.parse(late.out)).toMatchObject({ error: { code: "unverified" } });
  expect(JSON.parse(late.out).error.message).toContain("longer than the 0.000001 seconds");
  expect(existsSync(out)).toBe(false);
  for (const asked of [[], ["--verify-time", "60"]]) {
    const ended = await prune(model, "-o", out, "--json", ...asked);
    expect(JSON.parse(ended.out)).toMatchObject({ law: { seeds: 3, holds: true } });
  }
});

it("calls a broken law a bug only where rounding and chance can't make the difference", () => {
  const said = (jumps?: boolean): string =>
    new WorkflowError("law-broken", { error: 1, tolerance: 1e-4, jumps }).message;
  expect(said()).toContain("a bug in @prune");
  expect(said(true)).not.toContain("bug");
  expect(said(true)).toContain("unchecked");
});

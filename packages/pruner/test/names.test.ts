import { nearest } from "@prune/graph/advanced";
import { magnitude } from "@prune/importance-magnitude";
import { type Model, onnx, readModel } from "@prune/onnx";
import { PrunerError, plan } from "@prune/pruner";
import { checkHeads } from "@prune/pruner/advanced";
import { describe, expect, it } from "vitest";
import { floats, type GraphParts, info, modelBytes, node } from "../../onnx/test/files/build-model.js";

const backend = onnx();

/** onnx-proto knows no metadata of nodes: what is written as a node's documentation gets the number of that field. */
function withMetadata(entry: string, graph: GraphParts): Uint8Array {
  const bytes = Buffer.from(modelBytes(graph));
  const at = bytes.indexOf(Buffer.concat([Buffer.from([0x32, entry.length]), Buffer.from(entry)]));
  if (at >= 0) bytes[at] = 0x4a;
  return new Uint8Array(bytes);
}

/** Two layers; the first is called as each of PyTorch's exporters would. */
function named(first: string, scopes?: string): Model {
  const values = (n: number): number[] => Array.from({ length: n }, (_, i) => Math.sin(i));
  const key = "pkg.torch.onnx.name_scopes";
  const entry = `\n${String.fromCharCode(key.length)}${key}\x12${String.fromCharCode(scopes?.length ?? 0)}${scopes}`;
  return readModel(
    withMetadata(entry, {
      name: "named",
      input: [info("x", [1, 4])],
      output: [info("y", [1, 2])],
      initializer: [floats("onnx::MatMul_7", [4, 8], values(32)), floats("head.weight", [8, 2], values(16))],
      node: [
        node("MatMul", ["x", "onnx::MatMul_7"], ["h"], {
          name: first,
          ...(scopes !== undefined && { docString: entry }),
        }),
        node("Relu", ["h"], ["r"]),
        node("MatMul", ["r", "head.weight"], ["y"], { name: "/head/MatMul" }),
      ],
    }),
  );
}

const paths = named("/layers/layers.0/fc1/MatMul");
const scopes = named("node_matmul", "['', 'layers.0', 'layers.0.fc1', 'matmul']");

async function refused(model: Model, options: object): Promise<PrunerError> {
  const error = await plan(model, { backend, importance: magnitude(), ...options }).catch((cause) => cause);
  expect(error).toBeInstanceOf(PrunerError);
  return error;
}

describe("patterns", () => {
  it.each([
    ["node names of TorchScript", paths],
    ["scopes that the newer exporter writes", scopes],
  ])("know modules by %s", async (_, model) => {
    const leaves = async (options: object): Promise<number> =>
      (await plan(model, { backend, importance: magnitude(), ...options })).chosen.plan.units.length;
    expect(await leaves({})).toBe(4);
    for (const text of ["layers.0.fc1", "layers.0", "layers.*", "*.fc1"]) {
      expect(await leaves({ ignore: [text] })).toBe(0);
      expect(await leaves({ layerRatios: { [text]: 0.25 } })).toBe(2);
    }
  });

  it("that fit nothing are refused, with the nearest names", async () => {
    for (const options of [
      { ignore: ["layers.0.fc"] },
      { layerRatios: { "layers.0.fcl": 0.5 } },
      { scopes: { all: { layers: ["layers.0.fc2"] } } },
    ]) {
      const error = await refused(scopes, options);
      expect(error).toMatchObject({
        code: "no-match",
        detail: { names: expect.arrayContaining(["layers.0.fc1"]) },
      });
    }
    expect((await refused(scopes, { ignore: ["zzzzzzzz"] })).message).toMatch(
      /fits no layer, tensor or module/,
    );
  });

  it("that ask for a share of what must stay are refused with the reason; such layers may be ignored", async () => {
    const { message } = await refused(paths, { layerRatios: { "head.weight": 0.5 } });
    expect(message).toMatch(/nothing may leave: graph output "y"/);
    const { message: heads } = await refused(paths, { headRatios: { "layers.0.fc1": 0.5 } });
    expect(heads).toMatch(/no heads or groups/);
    const ignoring = { backend, importance: magnitude(), ignore: ["head.weight"] };
    expect((await plan(paths, ignoring)).chosen.plan.units.length).toBe(4);
  });

  it("shares of heads need heads", () => {
    const trace = backend.trace(paths);
    expect(() => checkHeads(trace, { heads: 0.5 })).toThrow(/this one has none/);
    expect(() => checkHeads(trace, { queryHeads: 0.5 })).toThrow(/this one has none/);
    expect(() => checkHeads(trace, { heads: 0 })).not.toThrow();
  });
});

it("nearest names are few edits away", () => {
  const names = ["inspect", "groups", "verify", "bench"];
  expect(nearest("inspekt", names)[0]).toBe("inspect");
  expect(nearest("verfiy", names)[0]).toBe("verify");
  expect(nearest("xyzzy", names)).toEqual([]);
});

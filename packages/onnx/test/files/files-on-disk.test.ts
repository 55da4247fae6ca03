import { execFileSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GraphEdit, type Model, modelToBytes, noEdit, readModel } from "@prune/onnx";
import { hashModel, openModel, saveModel } from "@prune/onnx/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { external, floats, type GraphParts, info, modelBytes, node, perceptron } from "./build-model.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prune-onnx-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const ramp = (length: number, from: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => from + i);
const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer);
const code = (expected: string): unknown => expect.objectContaining({ name: "OnnxError", code: expected });

/** Weights `big` and `tail` and, inside both branches of an If, `inner`: all in weights.bin. */
const outside: GraphParts = {
  name: "outside",
  input: [info("c", [])],
  output: [info("y", [300])],
  initializer: [
    external("big", [300], { location: "weights.bin", offset: 0, length: 1200 }),
    external("tail", [2], { location: "weights.bin", offset: 1200 }),
    floats("inside", [300], ramp(300, 0) as unknown as number[]),
  ],
  node: [
    node("If", ["c"], ["y"], {
      attribute: ["then_branch", "else_branch"].map((name) => ({
        name,
        type: 5,
        g: {
          name,
          initializer: [external("inner", [300], { location: "weights.bin", offset: 1208 })],
          node: [node("Add", ["big", "inner"], ["z"])],
          output: [info("z", [300])],
        },
      })),
    }),
  ],
};

function outsideModel(): Model {
  writeFileSync(at("model.onnx"), modelBytes(outside));
  writeFileSync(at("weights.bin"), Buffer.concat([bytesOf(ramp(302, 1000)), bytesOf(ramp(300, 5000))]));
  return openModel(at("model.onnx"));
}

const values = (model: Model, name: string): number[] => [
  ...model.graph.initializers.get(name)!.tensor().data,
];
function innerValues({ graph }: Model): number[] {
  const branch = graph.nodes[0]!.attributes.get("else_branch")!;
  return branch.kind === "graph" ? [...branch.value.initializers.get("inner")!.tensor().data] : [];
}

describe("opening", () => {
  it("reads ranges of external files when asked", () => {
    const model = outsideModel();
    expect(values(model, "tail")).toEqual([1300, 1301]);
    expect(values(model, "big").slice(0, 2)).toEqual([1000, 1001]);
    expect(innerValues(model)[299]).toBe(5299);
  });

  it("names a file that is not there", () => {
    expect(() => openModel(at("none.onnx"))).toThrow(code("unreadable-file"));
    expect(() => openModel(folder)).toThrow(code("unreadable-file"));
  });

  it("reads the structure without the external file, and says what is missing when weights are asked for", () => {
    outsideModel();
    rmSync(at("weights.bin"));
    const model = openModel(at("model.onnx"));
    expect(() => values(model, "big")).toThrow(code("missing-external"));
  });

  it("refuses a range past the end of the external file", () => {
    const model = outsideModel();
    truncateSync(at("weights.bin"), 1000);
    expect(() => values(model, "big")).toThrow(code("external-range"));
  });

  it("refuses a link out of the model's folder, and follows one inside it", () => {
    const model = outsideModel();
    const elsewhere = mkdtempSync(join(tmpdir(), "prune-elsewhere-"));
    writeFileSync(join(elsewhere, "secret"), new Uint8Array(9999));
    rmSync(at("weights.bin"));
    symlinkSync(join(elsewhere, "secret"), at("weights.bin"));
    expect(() => values(model, "big")).toThrow(code("bad-location"));
    rmSync(at("weights.bin"));
    writeFileSync(at("real.bin"), bytesOf(ramp(602, 0)));
    symlinkSync("real.bin", at("weights.bin"));
    expect(values(model, "tail")).toEqual([300, 301]);
    rmSync(elsewhere, { recursive: true });
  });
});

describe("hashing", () => {
  it("gives a file and the model read from it the same sha256", () => {
    const model = outsideModel();
    expect(hashModel(model)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashModel(at("model.onnx"))).toBe(hashModel(model));
  });
});

describe("saving", () => {
  const halfBig: GraphEdit = {
    ...noEdit,
    tensors: new Map([
      ["big", { shape: [150], bytes: () => bytesOf(ramp(150, 0)) }],
      ["inside", { shape: [1], bytes: () => bytesOf(ramp(1, 9)) }],
    ]),
  };

  it("writes a model alone where nothing is external", async () => {
    await saveModel(at("out.onnx"), readModel(modelBytes(perceptron)), noEdit);
    expect(readdirSync(folder)).toEqual(["out.onnx"]);
    expect(new Uint8Array(readFileSync(at("out.onnx")))).toEqual(modelBytes(perceptron));
  });

  it("writes external tensors, also of subgraphs, to one new aligned file", async () => {
    const model = outsideModel();
    mkdirSync(at("far"));
    await saveModel(at("far/out.onnx"), model, noEdit);
    expect(readdirSync(at("far")).sort()).toEqual(["out.onnx", "out.onnx.data"]);
    const saved = openModel(at("far/out.onnx"));
    for (const name of ["big", "tail", "inside"]) expect(values(saved, name)).toEqual(values(model, name));
    expect(innerValues(saved)).toEqual(innerValues(model));
    expect(saved.graph.initializers.get("big")!.external).toBe(true);
    expect(saved.graph.initializers.get("inside")!.external).toBe(false);
    expect(saved.graph.initializers.get("tail")!.external).toBe(false); // under 1 KB
    expect(readFileSync(at("far/out.onnx.data")).length).toBe(1216 + 1216 + 1200); // from multiples of 64
  });

  it("cuts external tensors on the way", async () => {
    const edit = {
      ...halfBig,
      tensors: new Map(halfBig.tensors).set("big", { shape: [260], bytes: () => bytesOf(ramp(260, 7)) }),
    };
    await saveModel(at("out.onnx"), outsideModel(), edit);
    const saved = openModel(at("out.onnx"));
    expect(saved.graph.initializers.get("big")).toMatchObject({ shape: [260], external: true });
    expect(values(saved, "big")[259]).toBe(266);
    expect(values(saved, "inside")).toEqual([9]);
  });

  it("replaces an earlier output", async () => {
    const model = outsideModel();
    await saveModel(at("out.onnx"), model, noEdit);
    await saveModel(at("out.onnx"), model, halfBig);
    expect(values(openModel(at("out.onnx")), "big").length).toBe(150);
  });

  it.each([
    ["the model", "model.onnx"],
    ["a link to the model", "soft.onnx"],
    ["another name of the model", "hard.onnx"],
    ["the model's external file", "weights.bin"],
    ["a file whose data would replace the model's", "clash.onnx"],
  ])("refuses to overwrite %s", async (_, name) => {
    const model = outsideModel();
    symlinkSync("model.onnx", at("soft.onnx"));
    linkSync(at("model.onnx"), at("hard.onnx"));
    symlinkSync("weights.bin", at("clash.onnx.data"));
    const before = readdirSync(folder);
    await expect(saveModel(at(name), model, noEdit)).rejects.toThrow(code("overwrites-input"));
    expect(readdirSync(folder)).toEqual(before);
  });

  it("leaves nothing behind when it fails", async () => {
    const model = outsideModel();
    const before = readdirSync(folder);
    const bad = { shape: [300], bytes: () => new Uint8Array(3) };
    const edit = { ...noEdit, tensors: new Map([["big", bad]]) };
    await expect(saveModel(at("out.onnx"), model, edit)).rejects.toThrow(code("size-mismatch"));
    await expect(saveModel(at("nowhere/out.onnx"), model, noEdit)).rejects.toThrow(code("unwritable-file"));
    mkdirSync(at("folder"));
    await expect(saveModel(at("folder"), model, noEdit)).rejects.toThrow(code("unwritable-file"));
    rmSync(at("folder"), { recursive: true });
    expect(readdirSync(folder)).toEqual(before);
    expect(process.listenerCount("SIGTERM")).toBe(0);
  });
});

describe("one piece of bytes", () => {
  it("holds the external tensors too", () => {
    const model = outsideModel();
    const whole = readModel(modelToBytes(model, noEdit));
    expect(values(whole, "big")).toEqual(values(model, "big"));
    expect(innerValues(whole)).toEqual(innerValues(model));
  });

  it("leaves them to the caller's external file", () => {
    const model = outsideModel();
    const file = new Uint8Array(4000);
    const target = {
      location: "new.bin",
      write: (offset: number, bytes: Uint8Array) => file.set(bytes, offset),
    };
    const bytes = modelToBytes(model, noEdit, { externalFile: target });
    const again = readModel(bytes, {
      external: (location, offset, length) => {
        expect(location).toBe("new.bin");
        return file.subarray(offset, offset + length!);
      },
    });
    expect(values(again, "big")).toEqual(values(model, "big"));
  });
});

it.skipIf(process.platform === "win32")("a pipe is refused at once, as model and as external data", () => {
  execFileSync("mkfifo", [at("pipe.onnx"), at("weights.bin")]);
  expect(() => openModel(at("pipe.onnx"))).toThrow(code("unreadable-file") as Error);
  writeFileSync(at("model.onnx"), modelBytes(outside));
  const weight = openModel(at("model.onnx")).graph.initializers.get("big");
  expect(() => weight?.bytes()).toThrow(code("unreadable-file") as Error);
});

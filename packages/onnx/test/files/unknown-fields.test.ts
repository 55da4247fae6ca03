import { noEdit, readModel, writeModel } from "@prune/onnx";
import { describe, expect, it } from "vitest";
import { eachField, payload, type Span } from "../../src/wire.js";
import { embed, integer, string } from "../../src/write/encode.js";
import { bytesOf, concat, type Rope } from "../../src/write/rope.js";

const join = (rope: Rope): Uint8Array => concat(rope.map(bytesOf));
const entry = (number: number, key: string): Rope => embed(number, [string(1, key), string(2, "kept")]);

/** Fields of IR 10 to 13, and some that no version has: all unknown to onnx-proto. */
const future = {
  tensor: [...entry(16, "tensor.metadata_props"), ...embed(1001, [string(1, "?")])],
  attribute: [...embed(1002, [string(1, "?")])],
  node: [
    string(8, "overload"),
    ...entry(9, "node.metadata_props"),
    ...embed(10, [string(1, "configuration")]),
    integer(1003, -5),
  ],
  info: [...entry(4, "info.metadata_props")],
  graph: [...entry(16, "graph.metadata_props"), ...embed(1004, [string(1, "?")])],
  model: [...entry(14, "model.metadata_props"), ...embed(26, [string(1, "device")]), integer(1005, 7)],
} as const satisfies Record<string, Rope>;

const weight = embed(5, [
  integer(1, 2),
  integer(2, 1),
  string(8, "w"),
  ...future.tensor,
  ...embed(9, [new Uint8Array(8)]),
]);
const constantTensor = embed(5, [
  integer(1, 2),
  integer(2, 1),
  ...embed(9, [new Uint8Array(8)]),
  ...future.tensor,
]);
const graph: Rope = [
  ...embed(1, [
    string(2, "c"),
    string(4, "Constant"),
    ...embed(5, [string(1, "value"), ...constantTensor, integer(20, 4), ...future.attribute]),
    ...future.node,
  ]),
  ...embed(1, [
    string(1, "c"),
    string(1, "w"),
    string(2, "y"),
    string(3, "add"),
    string(4, "Add"),
    ...future.node,
  ]),
  string(2, "g"),
  ...weight,
  ...embed(12, [string(1, "y"), ...future.info]),
  ...embed(13, [string(1, "c"), ...future.info]),
  ...future.graph,
];
const bytes = join([integer(1, 13), ...embed(8, [integer(2, 24)]), ...embed(7, graph), ...future.model]);

/** How often each unknown stretch occurs. */
const count = (whole: Uint8Array, rope: Rope): number =>
  Buffer.from(whole)
    .toString("latin1")
    .split(Buffer.from(join(rope)).toString("latin1")).length - 1;
const counts = (whole: Uint8Array) =>
  Object.fromEntries(Object.entries(future).map(([kind, rope]) => [kind, count(whole, rope)]));

describe("fields that onnx-proto does not know", () => {
  const model = readModel(bytes);
  const values = { shape: [1], bytes: () => new Uint8Array(4) };

  it("are in the model of the test", () => {
    expect(model.irVersion).toBe(13);
    expect(counts(bytes)).toEqual({ tensor: 2, attribute: 1, node: 2, info: 2, graph: 1, model: 1 });
  });

  it("survive when nothing changes", () => expect(join(writeModel(model, noEdit))).toEqual(bytes));

  it("survive when everything around them changes", () => {
    const tensors = new Map([
      ["w", values],
      ["c", values],
    ]);
    const nodes = new Map([
      [1, { op: "Mul", inputs: ["w", "c"], attributes: new Map([["axis", -1]]) }],
      [0, { outputs: ["c"] }],
    ]);
    const written = join(writeModel(model, { ...noEdit, tensors, nodes }));
    expect(counts(written)).toEqual(counts(bytes));
    expect(readModel(written).graph.nodes[1]).toMatchObject({ op: "Mul", inputs: ["w", "c"], name: "add" });
    expect(readModel(written).graph.initializers.get("w")!.shape).toEqual([1]);
  });

  it("keep their order and their neighbours' bytes", () => {
    const written = join(writeModel(model, { ...noEdit, tensors: new Map([["w", values]]) }));
    const fields = (whole: Uint8Array, span: Span): number[] => {
      const numbers: number[] = [];
      eachField(
        whole,
        span,
        "model",
        (field) =>
          void numbers.push(field.number, ...(field.number === 7 ? fields(whole, payload(field)) : [])),
      );
      return numbers;
    };
    expect(fields(written, { start: 0, end: written.length })).toEqual(
      fields(bytes, { start: 0, end: bytes.length }),
    );
  });
});

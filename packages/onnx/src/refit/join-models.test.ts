import { describe, expect, it } from "vitest";
import { readModel } from "../read/read-model.js";
import { embed, integer, string } from "../write/encode.js";
import { concat, join } from "../write/rope.js";
import { joinModels, renamedModel } from "./join-models.js";
import { newModel } from "./new-model.js";

const w = (values: number[]) => ({
  name: "w",
  elementType: 1,
  shape: [values.length],
  bytes: () => new Uint8Array(Float32Array.from(values).buffer),
});

const made = (op: string, inputs: string[], output: string) => ({
  name: `node of ${output}`,
  op,
  domain: "",
  inputs,
  outputs: [output],
  attributes: new Map(),
});

const model = (nodes: ReturnType<typeof made>[], inputs: string[], tensors = [w([1, 2])]) =>
  newModel({
    inputs: inputs.map((name) => ({ name, elementType: 1 })),
    outputs: [nodes.at(-1)?.outputs[0] ?? ""],
    nodes,
    tensors,
  });

const functionOf = (domain: string, name: string) =>
  join(embed(25, [string(1, name), string(10, domain), ...embed(9, [string(1, ""), integer(2, 13)])]));

describe("joining models", () => {
  const net = model([made("Add", ["x", "w"], "y"), made("Relu", ["y"], "z")], ["x"]);
  const twin = renamedModel(
    model([made("Mul", ["x", "w"], "y")], ["x"], [w([3, 4])]),
    (name) => `twin ${name}`,
  );
  const reader = model([made("Sub", ["y", "twin y"], "off")], ["y", "twin y", "fed"], []);

  it("keeps names apart, and lets a part read what others make", () => {
    const { graph } = readModel(joinModels([net, twin, reader], ["off", "z"]));
    expect(graph.nodes.map(({ name, inputs, outputs }) => [name, inputs, outputs])).toEqual([
      ["node of y", ["x", "w"], ["y"]],
      ["node of z", ["y"], ["z"]],
      ["twin node of y", ["twin x", "twin w"], ["twin y"]],
      ["node of off", ["y", "twin y"], ["off"]],
    ]);
    expect(graph.inputs.map(({ name }) => name)).toEqual(["x", "twin x", "fed"]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(["off", "z"]);
    expect(Array.from(graph.initializers.get("twin w")?.tensor().data as Float32Array)).toEqual([3, 4]);
  });

  it("takes each function once", () => {
    const parts = [
      concat([net, functionOf("here", "f")]),
      concat([twin, functionOf("here", "f"), functionOf("here", "g")]),
    ];
    const joined = readModel(joinModels(parts, ["z"]));
    expect([...joined.functions]).toEqual(["here:f", "here:g"]);
    expect(joined.opsets).toEqual(readModel(net).opsets);
  });

  it("renames what bodies read from outside of them", () => {
    const body = [
      ...embed(1, [string(1, "y"), string(2, "inner"), string(4, "Relu")]),
      ...embed(12, [string(1, "inner")]),
    ];
    const branch = ["then_branch", "else_branch"].flatMap((name) =>
      embed(5, [string(1, name), ...embed(6, body), integer(20, 5)]),
    );
    const node = embed(1, [string(1, "c"), string(2, "out"), string(4, "If"), ...branch]);
    const bytes = join([
      integer(1, 8),
      ...embed(8, [integer(2, 13)]),
      ...embed(7, [...node, ...["c", "y"].flatMap((name) => embed(11, [string(1, name)]))]),
    ]);
    const [found] = readModel(renamedModel(bytes, (name) => `my ${name}`)).graph.nodes;
    const inside = found?.attributes.get("then_branch");
    expect(found?.inputs).toEqual(["my c"]);
    expect(inside?.kind === "graph" && inside.value.nodes[0]?.inputs).toEqual(["my y"]);
    expect(inside?.kind === "graph" && inside.value.outputs[0]?.name).toBe("my inner");
  });
});

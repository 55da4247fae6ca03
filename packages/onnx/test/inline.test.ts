import { createHash } from "node:crypto";
import { noEdit, onnx, readModel, writeModel } from "@prune/onnx";
import { subgraphs } from "@prune/onnx/advanced";
import { describe, expect, it } from "vitest";
import { type Builder, buildFunction, buildModel, type ModelOptions } from "./exported/builder.js";
import { proveBytes, shortfall } from "./exported/prove-bytes.js";

/** conv -> something -> conv, over x [1, 3, 8, 8] unless other dims are given. */
const between = (
  make: (g: Builder, x: string) => string,
  options: ModelOptions = {},
  dims: readonly (number | string)[] = [1, 3, 8, 8],
): Uint8Array =>
  buildModel((g) => {
    const x = g.op("Relu", [g.op("Conv", [g.input("x", dims), g.weight([8, 3, 3, 3])])]);
    g.op("Conv", [make(g, x), g.weight([4, 8, 1, 1])], {}, "y");
    g.output("y");
  }, options);

const conv = (g: Builder, x: string): string => g.op("Conv", [x, g.weight([8, 8, 1, 1]), g.weight([8])]);

const isTrue = (g: Builder): string => g.op("Equal", [g.ints([1], []), g.ints([1], [])]);

const ops = (bytes: Uint8Array): string[] => readModel(bytes).graph.nodes.map(({ op }) => op);

async function holds(bytes: Uint8Array, most = 0.45): Promise<void> {
  const { outcomes } = await proveBytes(bytes);
  expect(shortfall(outcomes.get("channels"), most)).toBe("");
}

describe("an If that takes the same branch in every run", () => {
  const chosen = (flag: (g: Builder) => string): Uint8Array =>
    between((g, x) =>
      g.op("If", [flag(g)], {
        then_branch: g.body((b) => [b.op("Relu", [conv(b, x)])]),
        else_branch: g.body((b) => [b.op("Sigmoid", [conv(b, x)])]),
      }),
    );

  it("gives way to the branch, with the weights inside; those of the other branch go", async () => {
    const bytes = chosen((g) => g.flag(false));
    expect(ops(bytes)).toEqual(["Conv", "Relu", "Conv", "Sigmoid", "Conv"]);
    const model = readModel(bytes);
    expect(model.inlined).toMatchObject({ branches: 1, functions: 0 });
    expect(model.graph.initializers.size).toBe(4);
    await holds(bytes);
  });

  it("follows conditions that are computed, and takes what computed them out", async () => {
    const bytes = chosen(isTrue);
    expect(ops(bytes)).toEqual(["Conv", "Relu", "Conv", "Relu", "Conv"]);
    await holds(bytes);
  });

  it("follows conditions on sizes that no input changes", async () => {
    const bytes = between((g, x) => {
      const rank = g.op("Size", [g.op("Shape", [x])]);
      return g.op("If", [g.op("Equal", [rank, g.ints([3], [])])], {
        then_branch: g.body((b) => [b.op("Unsqueeze", [x, b.ints([0])])]),
        else_branch: g.body((b) => [conv(b, x)]),
      });
    });
    expect(ops(bytes)).toEqual(["Conv", "Relu", "Conv", "Conv"]);
    await holds(bytes);
  });

  it("is found inside branches, behind branches, and where bodies share their names", async () => {
    const inner = (g: Builder, x: string): string =>
      g.op("If", [isTrue(g)], {
        then_branch: g.body((b) => {
          b.op("Relu", [x], {}, "h");
          return [b.op("Conv", ["h", b.weight([8, 8, 1, 1])], {}, "out")];
        }),
        else_branch: g.body((b) => {
          b.op("Neg", [x], {}, "h");
          return [b.op("Neg", ["h"], {}, "out")];
        }),
      });
    const bytes = between((g, x) => {
      const y = g.op("If", [isTrue(g)], {
        then_branch: g.body((b) => [inner(b, inner(b, x))]),
        else_branch: g.body((b) => [b.op("Identity", [x], {}, "out")]),
      });
      return inner(g, g.op("Tanh", [y], {}, "h_1"));
    });
    expect(ops(bytes)).toEqual([
      "Conv",
      "Relu",
      "Relu",
      "Conv",
      "Relu",
      "Conv",
      "Tanh",
      "Relu",
      "Conv",
      "Conv",
    ]);
    await holds(bytes);
  });

  it("may give what it stores, and copies", async () => {
    const bytes = between((g, x) => {
      const [a, b, c, d] = g.ops("If", [isTrue(g)], 4, {
        then_branch: g.body((inner) => {
          const y = inner.op("Relu", [conv(inner, x)]);
          return [y, inner.op("Identity", [y]), inner.op("Identity", [x]), inner.weight([1, 8, 1, 1])];
        }),
        else_branch: g.body((inner) => {
          const y = inner.op("Neg", [x]);
          return [y, y, y, y];
        }),
      }) as [string, string, string, string];
      return g.op("Sum", [a, g.op("Mul", [b, d]), c]);
    });
    expect(ops(bytes)).not.toContain("If");
    await holds(bytes, 0.5);
  });

  it("may give what lies outside, or one tensor twice, as onnxruntime doesn't want it to", () => {
    const bytes = between((g, x) => {
      const given = g.ops("If", [g.flag(true)], 3, {
        then_branch: g.body((b) => {
          const y = b.op("Tanh", [x]);
          return [x, y, y];
        }),
        else_branch: g.body(() => [x, x, x]),
      });
      return g.op("Sum", given);
    });
    expect(ops(bytes)).toEqual(["Conv", "Relu", "Tanh", "Identity", "Identity", "Sum", "Conv"]);
  });

  it("is followed by bodies that read what it gives", async () => {
    const bytes = between((g, x) => {
      const y = g.op("If", [g.flag(true)], {
        then_branch: g.body((b) => [conv(b, x)]),
        else_branch: g.body((b) => [b.op("Neg", [x])]),
      });
      return g.op("If", [g.op("Greater", [g.op("ReduceMax", [x], { keepdims: 0 }), g.floats([], [0])])], {
        then_branch: g.body((b) => [b.op("Relu", [y])]),
        else_branch: g.body((b) => [b.op("Neg", [y])]),
      });
    });
    const { inlined, graph } = readModel(bytes);
    expect(inlined?.branches).toBe(1);
    expect(graph.nodes.filter(({ op }) => op === "If")).toHaveLength(1);
    await holds(bytes, 0.8);
  });

  it("keeps initializers as inputs where the IR wants them", () => {
    const bytes = between(
      (g, x) =>
        g.op("If", [g.op("Not", [g.op("Not", [isTrue(g)])])], {
          then_branch: g.body((b) => [conv(b, x)]),
          else_branch: g.body((b) => [b.op("Neg", [x])]),
        }),
      { opset: 11, ir: 3 },
    );
    const { inputs, initializers } = readModel(bytes).graph;
    expect([...initializers.keys()].every((name) => inputs.some((input) => input.name === name))).toBe(true);
    expect(ops(bytes)).toEqual(["Conv", "Relu", "Conv", "Conv"]);
  });

  it("leaves the bytes that were read, and their hash, as they are; on request the If stays", async () => {
    const bytes = chosen(isTrue);
    const before = bytes.slice();
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const model = readModel(bytes);
    expect(bytes).toEqual(before);
    expect(model.inlined?.original).toEqual(before);
    expect(await onnx().hash(model)).toBe(sha256);
    const whole = readModel(bytes, { inline: false });
    expect(whole.inlined).toBeUndefined();
    expect(Buffer.concat(writeModel(whole, noEdit))).toEqual(Buffer.from(before));
  });
});

describe("an If that a size known only at run time decides", () => {
  const squeezed = (then: (b: Builder, x: string) => string): Uint8Array =>
    buildModel((g) => {
      const x = g.op("Conv", [g.input("x", [1, 3, "length"]), g.weight([8, 3, 4])], { strides: [4] });
      const frames = g.op("Gather", [g.op("Shape", [x]), g.ints([2], [])]);
      const flat = g.op("If", [g.op("Equal", [frames, g.ints([1], [])])], {
        then_branch: g.body((b) => [b.op("Squeeze", [x, b.ints([2])])]),
        else_branch: g.body((b) => [b.op("Identity", [x])]),
      });
      g.op("Relu", [then(g, flat)], {}, "y");
      g.output("y");
    });

  it("gives way where nothing after it could run on what the other branch gives", async () => {
    const bytes = squeezed((g, x) => g.op("Gemm", [x, g.weight([4, 8])], { transB: 1 }));
    expect(ops(bytes)).toEqual(["Conv", "Squeeze", "Gemm", "Relu"]);
  });

  it("may lead nowhere: what can't be followed in a branch that no run takes is no error", () => {
    const bytes = squeezed((g, x) => {
      const y = g.op("Transpose", [x], { perm: [1, 0] });
      return g.op("Gemm", [g.op("MatMul", [y, g.op("Concat", [x, x], { axis: 1 })]), g.weight([4, 16])], {
        transB: 1,
      });
    });
    expect(ops(bytes)).toEqual(["Conv", "Squeeze", "Transpose", "Concat", "MatMul", "Gemm", "Relu"]);
  });

  it("stays, with what it gives in two forms, where both can run", async () => {
    const bytes = squeezed((_, x) => x);
    expect(ops(bytes)).toContain("If");
    const trace = onnx().trace(readModel(bytes));
    expect(trace.frozen().map(({ reason }) => reason)).toContain("branches give it in different forms");
  });

  it("keeps branches apart where the condition is an input", () => {
    const bytes = buildModel((g) => {
      const x = g.op("Conv", [g.input("x", [1, 3, 8, 8]), g.weight([8, 3, 3, 3])]);
      g.op(
        "If",
        [g.input("flag", [], 9)],
        {
          then_branch: g.body((b) => [b.op("Relu", [x])]),
          else_branch: g.body((b) => [b.op("Neg", [x])]),
        },
        "y",
      );
      g.output("y");
    });
    expect(ops(bytes)).toEqual(["Conv", "If"]);
    expect(readModel(bytes).inlined).toBeUndefined();
  });
});

describe("a local function", () => {
  const options = (...functions: ModelOptions["functions"] & {}): ModelOptions => ({
    functions,
    domains: { local: 1 },
  });

  it("of the name of an operator is not what a runtime runs, nor what is pruned", async () => {
    const other = buildFunction(["", "Add"], ["a", "b"], (g) => [g.op("Sub", ["a", "b"], {})]);
    const bytes = between((g, x) => g.op("Add", [x, g.weight([8, 1, 1])]), { functions: [other] });
    const model = readModel(bytes);
    expect(model.graph.nodes.map(({ op }) => op)).toContain("Add");
    expect(model.graph.nodes.map(({ op }) => op)).not.toContain("Sub");
    await holds(bytes, 0.55);
  });
  it("gives way to its nodes, with the attributes and defaults of the call", async () => {
    const block = buildFunction(
      ["local", "Block"],
      ["x", "w", "b"],
      (g) => {
        const y = g.op("Conv", ["x", "w", "b"], {
          strides: { ref: "strides", type: 7 },
          pads: { ref: "pads", type: 7 },
        });
        return [g.op("LeakyRelu", [y], { alpha: { ref: "alpha", type: 1 } })];
      },
      { attributes: ["strides", "pads"], defaults: { alpha: { f: 0.3 } } },
    );
    const bytes = between((g, x) => {
      const y = g.op("Block@local", [x, g.weight([8, 8, 3, 3]), g.weight([8])], {
        strides: [2, 2],
        pads: [1, 1, 1, 1],
      });
      return g.op("Block@local", [y, g.weight([8, 8, 1, 1])], { strides: [1, 1], alpha: { f: 0.7 } });
    }, options(block));
    const { graph, inlined, functions } = readModel(bytes);
    expect(inlined).toMatchObject({ functions: 2, branches: 0 });
    expect(functions.size).toBe(0);
    const [first, second] = graph.nodes.filter(({ op }) => op === "LeakyRelu");
    expect(first?.attributes.get("alpha")?.value).toBeCloseTo(0.3);
    expect(second?.attributes.get("alpha")?.value).toBeCloseTo(0.7);
    await holds(bytes);
  });

  it("may call others, choose by its inputs, and hide names that the model has", async () => {
    const inner = buildFunction(["local", "Inner"], ["x", "w"], (g) => [g.op("Conv", ["x", "w"], {}, "h")]);
    const outer = buildFunction(
      ["local", "Outer"],
      ["x", "w"],
      (g) => {
        g.op("Inner@local", ["x", "w"], {}, "h");
        const rank = g.op("Size", [g.op("Shape", ["h"])]);
        const four = g.op("Constant", [], { value_int: 4 });
        return [
          g.op("If", [g.op("Equal", [rank, four])], {
            then_branch: g.body((b) => [b.op("Relu", ["h"], {}, "out")]),
            else_branch: g.body((b) => [b.op("Neg", ["h"], {}, "out")]),
          }),
        ];
      },
      { domains: { local: 1 } },
    );
    const bytes = between(
      (g, x) => {
        g.op("Tanh", [x], {}, "h");
        const y = g.op("Outer@local", ["h", g.weight([8, 8, 1, 1])], {}, "out");
        return g.op("Outer@local", [y, g.weight([8, 8, 1, 1])]);
      },
      options(inner, outer),
    );
    expect(ops(bytes)).toEqual(["Conv", "Relu", "Tanh", "Conv", "Relu", "Conv", "Relu", "Conv"]);
    expect(readModel(bytes).inlined).toMatchObject({ functions: 4, branches: 2 });
    await holds(bytes);
  });

  it("is followed into branches and bodies that stay", () => {
    const twice = buildFunction(["local", "Twice"], ["x"], (g) => [g.op("Add", ["x", "x"])]);
    const bytes = buildModel((g) => {
      const x = g.input("x", [4]);
      g.op(
        "If",
        [g.input("flag", [], 9)],
        {
          then_branch: g.body((b) => [b.op("Twice@local", [x])]),
          else_branch: g.body((b) => [b.op("Neg", [x])]),
        },
        "y",
      );
      g.output("y");
    }, options(twice));
    const [branch] = readModel(bytes).graph.nodes;
    const inside = branch && subgraphs(branch).flatMap(({ nodes }) => nodes.map(({ op }) => op));
    expect(inside).toEqual(["Add", "Neg"]);
  });

  it("of another opset stays, and keeps what goes through it", async () => {
    const old = buildFunction(["local", "Old"], ["x"], (g) => [g.op("Relu", ["x"])], { opset: 13 });
    const bytes = between((g, x) => conv(g, g.op("Old@local", [x])), options(old));
    const model = readModel(bytes);
    expect([...model.functions]).toEqual(["local:Old"]);
    expect(
      onnx()
        .trace(model)
        .frozen()
        .map(({ reason }) => reason),
    ).toContain('no rule for operator "Old"');
    await holds(bytes, 0.9);
  });

  it("that calls itself is refused", () => {
    const self = buildFunction(["local", "Self"], ["x"], (g) => [g.op("Self@local", ["x"])], {
      domains: { local: 1 },
    });
    expect(() => readModel(between((g, x) => g.op("Self@local", [x]), options(self)))).toThrow("deep");
  });
});

describe("a sequence of known length", () => {
  it("is tensors: split into chunks, lists and slices, picked and joined", async () => {
    const bytes = between((g, x) => {
      const chunks = g.op("SplitToSequence", [x, g.ints([3], [])], { axis: 1 });
      const at = (of: string, i: number): string => g.op("SequenceAt", [of, g.ints([i], [])]);
      const list = g.op("SplitToSequence", [x, g.ints([3, 3, 2])], { axis: 1 });
      const made = g.op("SequenceConstruct", [
        g.op("Relu", [at(chunks, 0)]),
        g.op("Tanh", [at(list, 1)]),
        g.op("Neg", [at(chunks, -1)]),
      ]);
      const slices = g.op("SplitToSequence", [x], { axis: 0, keepdims: 0 });
      const stacked = g.op("ConcatFromSequence", [slices], { axis: 0, new_axis: 1 });
      return g.op("Add", [g.op("ConcatFromSequence", [made], { axis: 1 }), stacked]);
    });
    expect(readModel(bytes).inlined).toMatchObject({ sequences: 4 });
    expect(ops(bytes).filter((op) => op.includes("Sequence"))).toEqual([]);
    await holds(bytes, 0.5);
  });

  it("is followed where an If asks for the shapes of its parts", async () => {
    const asks = (g: Builder, x: string): string => {
      const parts = g.op("SplitToSequence", [x, g.ints([4], [])], { axis: 1 });
      const part = g.op("SequenceAt", [parts, g.ints([1], [])]);
      const wide = g.op("Gather", [g.op("Shape", [part]), g.ints([1], [])]);
      const gated = g.op("If", [g.op("Equal", [wide, g.ints([4], [])])], {
        then_branch: g.body((b) => [b.op("Conv", [part, b.weight([4, 4, 1, 1])])]),
        else_branch: g.body((b) => [b.op("Neg", [part])]),
      });
      return g.op("Concat", [gated, g.op("SequenceAt", [parts, g.ints([0], [])])], { axis: 1 });
    };
    const bytes = between(asks, { opset: 11, ir: 6 });
    expect(readModel(bytes).inlined).toMatchObject({ sequences: 1, branches: 1 });
    await holds(bytes, 0.7);
  });

  it("stays where its length is known only at run time", () => {
    const bytes = buildModel((g) => {
      const parts = g.op("SplitToSequence", [g.input("x", ["n", 4]), g.ints([1], [])]);
      g.op("SequenceAt", [parts, g.ints([0], [])], {}, "y");
      g.output("y");
    });
    expect(ops(bytes)).toEqual(["SplitToSequence", "SequenceAt"]);
  });
});

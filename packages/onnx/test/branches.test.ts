import { onnx, readModel } from "@prune/onnx";
import { subgraphs } from "@prune/onnx/advanced";
import { describe, expect, it } from "vitest";
import { type Builder, buildModel, valueInfo } from "./exported/builder.js";
import { layerNorm, linear, scalar } from "./exported/kit.js";
import { proveBytes, shortfall } from "./exported/prove-bytes.js";

const width = 16;

/** linear -> If by an input -> linear, over tokens; what each branch makes of the tensor that it reads. */
function branched(yes: (g: Builder, x: string) => string, no: (g: Builder, x: string) => string): Uint8Array {
  return buildModel((g) => {
    const x = linear(g, g.input("x", ["batch", "steps", 6]), 6, width);
    const flag = g.input("use_cache_branch", [1], 9);
    const y = g.op("If", [flag], {
      then_branch: g.body((b) => [yes(b, x)]),
      else_branch: g.body((b) => [no(b, x)]),
    });
    g.op("MatMul", [y, g.weight([width, 3])], {}, "y");
    g.graph.output?.push(valueInfo("y", ["batch", "steps", 3]));
  });
}

const hidden = (g: Builder, x: string, act: string): string =>
  linear(g, g.op(act, [linear(g, x, width, 24)]), 24, width);

/** Both ways of the flag are run: the law's inputs turn it. */
async function holds(bytes: Uint8Array, most: number): Promise<void> {
  const { outcomes } = await proveBytes(bytes);
  expect(shortfall(outcomes.get("channels"), most)).toBe("");
}

describe("an If that a run decides", { timeout: 60_000 }, () => {
  it("is cut inside and around, each branch with weights of its own", () =>
    holds(
      branched(
        (g, x) => hidden(g, x, "Relu"),
        (g, x) => hidden(g, x, "Sigmoid"),
      ),
      0.4,
    ));

  it("cuts what branches share once, though they call their tensors alike", async () => {
    const bytes = buildModel((g) => {
      const x = linear(g, g.input("x", ["batch", "steps", 6]), 6, width);
      const [a, b, c] = [g.weight([width, 24]), g.weight([24]), g.weight([24, width])];
      const body = (act: string) =>
        g.body((inner) => {
          const h = inner.op("Add", [inner.op("MatMul", [x, a], {}, "product"), b], {}, "sum");
          return [inner.op("MatMul", [inner.op(act, [h], {}, "act"), c], {}, "out")];
        });
      const y = g.op("If", [g.input("use_cache_branch", [1], 9)], {
        then_branch: body("Sigmoid"),
        else_branch: body("Tanh"),
      });
      g.op("MatMul", [y, g.weight([width, 3])], {}, "y");
      g.output("y");
    });
    await holds(bytes, 0.4);
    const backend = onnx();
    const model = readModel(bytes);
    const trace = backend.trace(model);
    const cut = backend.cut(
      model,
      trace,
      trace.cut({ units: [...(trace.families[1]?.units ?? [])].slice(0, 9), atoms: [] }),
    );
    const shapes = [...cut.graph.initializers.values()].map(({ shape }) => shape.join());
    expect(shapes).toContain("16,15");
    expect(shapes).toContain("15,16");
    expect(cut.graph.initializers.size).toBe(model.graph.initializers.size);
    // Unchanged branches are as they were.
    const inside = ({ graph }: typeof model) =>
      graph.nodes.flatMap((node) =>
        subgraphs(node).flatMap(({ nodes }) => nodes.map(({ op, outputs }) => [op, outputs])),
      );
    expect(inside(cut)).toEqual(inside(model));
  });

  it("rewrites shapes that a branch stores, and masks inside it", () =>
    holds(
      branched(
        (g, x) => {
          const h = g.op("Reshape", [linear(g, x, width, 24), g.ints([0, -1, 24])]);
          return linear(g, layerNorm(g, g.op("Sigmoid", [h]), 24), 24, width);
        },
        (g, x) => {
          const parts = g.ops("Split", [linear(g, x, width, 24), g.ints([12, 12])], 2, { axis: -1 });
          return linear(
            g,
            g.op("Mul", [g.op("Sigmoid", [parts[0] as string]), parts[1] as string]),
            12,
            width,
          );
        },
      ),
      0.45,
    ));

  it("goes into branches of branches", () =>
    holds(
      branched(
        (g, x) =>
          g.op("If", [g.op("Greater", [g.op("ReduceMax", [x], { keepdims: 0 }), scalar(g, 1e9)])], {
            then_branch: g.body((b) => [hidden(b, x, "Relu")]),
            else_branch: g.body((b) => [hidden(b, g.op("Sigmoid", [x]), "Tanh")]),
          }),
        (g, x) => g.op("Identity", [x]),
      ),
      0.45,
    ));

  it.each([
    ["shared", true],
    ["of its own", false],
  ])("gives anew what a branch computes of a stored tensor alone that is cut, %s", async (_, shared) => {
    const bytes = buildModel((g) => {
      const x = linear(g, g.input("x", ["batch", width]), width, width);
      const codes = g.weight([4, width]);
      const y = g.op("If", [g.input("use_cache_branch", [1], 9)], {
        then_branch: g.body((b) => {
          const own = shared ? codes : b.weight([4, width]);
          return [b.op("Div", [own, b.op("ReduceL2", [own], { axes: [1], keepdims: 1 })])];
        }),
        else_branch: g.body((b) => [b.op("Mul", [codes, b.op("Sigmoid", [codes])])]),
      });
      const z = g.op("MatMul", [x, g.op("Transpose", [y], { perm: [1, 0] })]);
      g.op("MatMul", [z, g.weight([4, 3])], {}, "y");
      g.graph.output?.push(valueInfo("y", ["batch", 3]));
    });
    await holds(bytes, 0.9);
  });

  it("keeps what branches give in different forms, and says so", () => {
    const bytes = branched(
      (g, x) => g.op("Unsqueeze", [linear(g, x, width, width), g.ints([0])]),
      (g, x) => linear(g, x, width, width),
    );
    const trace = onnx().trace(readModel(bytes));
    expect(trace.frozen().map(({ reason }) => reason)).toContain("branches give it in different forms");
  });

  it("counts the branch that costs more", () => {
    const one = (act: string) => (g: Builder, x: string) => hidden(g, x, act);
    const cost = (bytes: Uint8Array): number | null => {
      const [backend, model] = [onnx(), readModel(bytes)];
      return backend.cost(model, backend.trace(model)).macs;
    };
    const plain = (g: Builder, x: string): string => g.op("Identity", [x]);
    expect(cost(branched(one("Relu"), one("Tanh")))).toBe(cost(branched(one("Relu"), plain)));
  });
});

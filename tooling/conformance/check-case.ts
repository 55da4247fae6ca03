import { type Dim, shapeOf } from "@prune/graph/advanced";
import { random } from "@prune/importance-magnitude";
import { type Model, modelToBytes, OnnxError, onnx, readModel } from "@prune/onnx";
import { PrunerError, plan } from "@prune/pruner";
import { checkLaw, judge, RuntimeError } from "@prune/runtime-ort";
import { type NodeCase, tensorOf } from "../../packages/onnx/test/conformance/node-cases.js";
import { freed, withWeights } from "../../packages/onnx/test/conformance/wrap-case.js";

const backend = onnx();

/** The operator that a case is about. */
export function operatorOf({ name, model }: NodeCase): string {
  const [first, ...others] = readModel(model).graph.nodes;
  if (!first || others.length > 0) return name.includes("_expanded") ? "expanded functions" : "several nodes";
  return first.domain ? `${first.domain}:${first.op}` : first.op;
}

export interface Shapes {
  /** Outputs whose recorded shape could be compared. */
  readonly compared: number;
  /** What is wrong with the others that have a rule. */
  readonly wrong: readonly string[];
}

/** Compares inferred shapes with recorded ones, inputs as inputs and, but for the first, as weights. */
export function checkShapes(nodeCase: NodeCase): Shapes {
  const wrong: string[] = [];
  let compared = 0;
  for (const from of [Number.POSITIVE_INFINITY, 1]) {
    const given = readModel(withWeights(nodeCase, from));
    const model = withoutStated(given);
    const trace = backend.trace(model);
    const followed = trace.source.nodes.every((node) => trace.source.rule(node) !== undefined);
    if (!followed) continue;
    model.graph.outputs.forEach(({ name }, i) => {
      const want = tensorOf(nodeCase.output(i))?.shape;
      const layout = trace.tensor(name)?.layout;
      if (!want || !layout) return;
      compared++;
      const got = shapeOf(layout);
      if (!fits(got, want)) wrong.push(`${nodeCase.name} ${name}: [${got}] for [${want}]`);
    });
  }
  return { compared, wrong };
}

/** Shapes have to be found, not read. */
const withoutStated = (model: Model): Model => ({
  ...model,
  graph: {
    ...model.graph,
    valueInfo: new Map(),
    outputs: model.graph.outputs.map(({ shape: _, ...output }) => ({ ...output, shape: undefined })),
  },
});

const fits = (got: readonly Dim[], want: readonly number[]): boolean =>
  got.length === want.length && got.every((dim, i) => typeof dim !== "number" || dim === want[i]);

export type Verdict = "exact" | "wrong" | "nothing free" | "refused" | "not run" | "random";

export interface LawOfCase {
  readonly verdict: Verdict;
  readonly why: string;
}

/** Halves whatever axes the operator leaves free, and holds the cut against the masked case. */
export async function checkCase(nodeCase: NodeCase, flows: "first" | "all"): Promise<LawOfCase> {
  const bytes = freed(nodeCase, flows);
  if (!bytes) return { verdict: "not run", why: "it is not of tensors" };
  const model = readModel(bytes);
  const trace = backend.trace(model);
  const options = { backend, importance: random({ seed: 1 }), heads: 0.5, queryHeads: 0.5, trace };
  // By name, because what is freed here is stored numbers of no layer, which leave in no other way.
  const planned = await plan(model, { ...options, layerRatios: { "*": 0.5 } })
    .catch((error: unknown) => {
      if (PrunerError.is(error, "no-match")) return plan(model, options);
      throw error;
    })
    .catch((error: unknown): { readonly why: string } => {
      if (PrunerError.is(error, "no-plan")) return { why: error.message };
      throw error;
    });
  if ("why" in planned) return { verdict: "refused", why: planned.why };
  const { chosen } = planned;
  if (chosen.choices.every(({ removed }) => removed.length === 0))
    return { verdict: "nothing free", why: "" };
  try {
    const cut = modelToBytes(model, backend.edit(model, trace, chosen.cut));
    const masked = modelToBytes(model, backend.mask(model, trace, chosen.cut));
    return await lawOf(bytes, masked, cut);
  } catch (error) {
    return {
      verdict: OnnxError.is(error, "unmaskable") ? "not run" : "wrong",
      why: (error as Error).message,
    };
  }
}

async function lawOf(original: Uint8Array, masked: Uint8Array, cut: Uint8Array): Promise<LawOfCase> {
  const feeds = { prune_z: { type: "float32", dims: [], data: Float32Array.of(1) } } as const;
  try {
    const law = await checkLaw({ original, masked, cut }, { feeds: [feeds] });
    if (!law.repeatable) return { verdict: "random", why: "" };
    return judge(law, 1e-4).holds
      ? { verdict: "exact", why: "" }
      : { verdict: "wrong", why: `error ${law.error.toExponential(1)}` };
  } catch (error) {
    const ours = RuntimeError.is(error, "law-run-failed");
    return { verdict: ours ? "wrong" : "not run", why: (error as Error).message };
  }
}

import { macsOf } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { recoverModel } from "@prune/onnx-recovery";
import { plan } from "@prune/pruner";
import { agreement } from "@prune/recovery";
import { openCifar } from "./cifar.js";

/** Accuracy and agreement in % of the test images of attention that lost dims inside its heads. */
export interface HeadDims {
  readonly share: number;
  readonly macs: number;
  readonly cut: number;
  readonly plain: { readonly accuracy: number; readonly agreement: number };
  readonly cores: { readonly accuracy: number; readonly agreement: number };
  /** Mean held-out error of the heads' logits, relative to their power. */
  readonly logits: { readonly before: number; readonly after: number };
}

/** Cuts dims inside heads alone, and recovers with and without cores between queries and keys. */
export async function headDims(name: string, shares: readonly number[], seed: number): Promise<HeadDims[]> {
  const { backend, model, trace: plain, samples, dense, answers, accuracy } = await openCifar(name, seed);
  const whole = macsOf(backend.cost(model, plain));
  const rows: HeadDims[] = [];
  for (const share of shares) {
    const options = { backend, importance: magnitude({ p: 2 }), trace: plain, ratio: 0, headDims: share };
    const { chosen, trace } = await plan(model, options);
    const { cut } = chosen;
    const smaller = backend.cut(model, trace, cut);
    const recovered = async (logits: boolean) => {
      const { model: net, report } = await recoverModel({ original: model, smaller, cut }, samples, {
        seed,
        logits,
      });
      const found = await answers(net);
      return { report, accuracy: accuracy(found), agreement: 100 * agreement(dense, found).top1 };
    };
    const { report: _, ...alone } = await recovered(false);
    const { report, ...cores } = await recovered(true);
    const mean = (of: "before" | "after"): number =>
      report.logits.reduce((sum, head) => sum + head[of] / report.logits.length, 0);
    rows.push({
      share,
      macs: macsOf(backend.cost(model, trace, cut)) / whole,
      cut: accuracy(await answers(smaller)),
      plain: alone,
      cores,
      logits: { before: mean("before"), after: mean("after") },
    });
    console.log(name, JSON.stringify(rows.at(-1)));
  }
  return rows;
}

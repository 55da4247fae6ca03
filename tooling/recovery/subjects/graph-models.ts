import { halveGraph } from "../../../packages/tfjs/examples/halve-graph.js";
import { models, pictures } from "../images.js";

/** A GraphModel at half of its work: how far it is from the original on pictures that it was not fitted to. */
export interface HalvedGraph {
  readonly name: string;
  readonly macs: number;
  /** Squared error relative to the variance, mean of all outputs, of the cut and of the refitted model. */
  readonly error: { readonly cut: number; readonly recovered: number };
  readonly result: "recovered" | "kept";
  readonly layers: { readonly refitted: number; readonly all: number };
  readonly pictures: { readonly fitted: number; readonly unseen: number };
  readonly seconds: number;
}

/** What each takes 0 and 255 as, and how many pictures it is fitted to and judged by. */
const graphs = [
  { name: "emotion-mini", range: [-1, 1], count: 128 },
  { name: "mobileface", range: [0, 255], count: 128 },
  { name: "blazeface", range: [-1, 1], count: 32 },
  { name: "facemesh", range: [0, 1], count: 48 },
  { name: "meet", range: [0, 1], count: 32 },
  { name: "selfie", range: [0, 1], count: 32 },
  { name: "nanodet", range: [-2, 2], count: 24 },
] as const;

export async function halvedGraphs(): Promise<HalvedGraph[]> {
  const set = pictures("cifar10-train", 128);
  const halved: HalvedGraph[] = [];
  for (const { name, ...options } of graphs) {
    const { macs, seconds, report } = await halveGraph(`${models}/tfjs-graph/${name}.json`, set, options);
    const outputs = report.outputs ?? [report];
    const mean = (of: "before" | "after"): number =>
      outputs.reduce((sum, output) => sum + output[of].error / outputs.length, 0);
    const refitted = report.layers.filter(({ result }) => result !== "kept").length;
    halved.push({
      name: `tfjs-graph/${name}`,
      macs,
      error: { cut: mean("before"), recovered: mean("after") },
      result: report.result,
      layers: { refitted, all: report.layers.length + report.skipped.length },
      pictures: report.samples,
      seconds,
    });
    console.log(JSON.stringify(halved.at(-1)));
  }
  return halved;
}

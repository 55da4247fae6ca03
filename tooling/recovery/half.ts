import { macsOf } from "@prune/graph";
import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { reconstructionLosses, recoverModel } from "@prune/onnx-recovery";
import { chooser } from "@prune/pruner";
import { agreement } from "@prune/recovery";
import { models } from "./images.js";
import type { Prepared, Subject } from "./subject.js";

/** One model cut to half of its multiply-accumulates. */
export interface Halved extends Pick<Prepared, "unit" | "data"> {
  readonly name: string;
  /** Share of the multiply-accumulates that is left. */
  readonly macs: number;
  readonly dense: number;
  readonly cut: number;
  readonly recovered: number;
  /** Top-1 agreement with the dense model on the test samples, after recovery; of models with classes. */
  readonly agreement?: number;
  readonly result: "recovered" | "kept";
  readonly seconds: number;
}

/** Chooses, cuts, recovers, and measures on samples that had no part in it. */
export async function halve({ name, file, open, prepare }: Subject): Promise<Halved> {
  const backend = onnx();
  const model = open ? await open() : openModel(`${models}/${file}`);
  const { fit, test, metric, unit, data } = await prepare(model);
  const begun = process.cpuUsage();
  const trace = backend.trace(model);
  const choice = await chooser(backend, model, trace, await reconstructionLosses(backend, model, trace, fit));
  const cut = trace.cut(choice.plan(0.5));
  const smaller = backend.cut(model, trace, cut);
  const recovered = await recoverModel({ original: model, smaller, cut }, fit, { seed: 1 });
  const seconds = process.cpuUsage(begun).user / 1e6;
  const dense = await test(model);
  const last = await test(recovered.model);
  return {
    name,
    unit,
    data,
    macs: macsOf(backend.cost(model, trace, cut)) / macsOf(backend.cost(model, trace)),
    dense: metric(dense, dense),
    cut: metric(await test(smaller), dense),
    recovered: metric(last, dense),
    ...(unit === "%" && dense.classes > 1 && { agreement: agreement(dense, last).top1 }),
    result: recovered.report.result,
    seconds,
  };
}

import type { Cut, Trace } from "@prune/graph";
import { reconstruction } from "@prune/importance-activation";
import type { Model, onnx } from "@prune/onnx";
import { activationProbe, collectStatistics, reconstructionLosses } from "@prune/onnx-recovery";
import { chooser, plan } from "@prune/pruner";
import type { ValuesByName } from "@prune/runtime-ort";

/** A traced model, and the samples that say what its units are worth. */
export interface Sampled {
  readonly backend: ReturnType<typeof onnx>;
  readonly model: Model;
  readonly trace: Trace;
  readonly samples: readonly ValuesByName[];
}

/** Units by what reconstructing their readers costs exactly, families by what losing shares of them does to the answers. */
export async function cutByCurves({ backend, model, trace, samples }: Sampled, macs: number): Promise<Cut> {
  const losses = await reconstructionLosses(backend, model, trace, samples);
  return trace.cut((await chooser(backend, model, trace, losses)).plan(macs));
}

/** All units in one ranking by the cost of reconstructing what reads them; heads stay whole. */
export async function cutByRanking({ backend, model, trace, samples }: Sampled, macs: number): Promise<Cut> {
  const probe = activationProbe(backend.probe(model, trace), await collectStatistics(model, samples));
  const { chosen } = await plan(model, {
    ...{ backend, trace, importance: reconstruction(), probe: () => probe },
    ...{ target: { macs }, global: true },
  });
  return chosen.cut;
}

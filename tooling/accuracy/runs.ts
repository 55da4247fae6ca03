import { existsSync } from "node:fs";
import { type Importance, macsOf } from "@prune/graph";
import { type Model, onnx, readModel } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { activationProbe, collectStatistics } from "@prune/onnx-recovery";
import { plan } from "@prune/pruner";
import { cutOrRepair } from "@prune/pruner/advanced";
import { models } from "../recovery/images.js";
import type { Subject } from "../recovery/subject.js";
import { criteriaFor, type Ranking, rankings } from "./criteria.js";
import { subjects } from "./subjects.js";

/** Accuracy after one pruning, without any recovery. */
export interface Run {
  readonly model: string;
  readonly data: string;
  /** Empty for the original. */
  readonly criterion: string;
  readonly ranking: Ranking;
  /** Share of the units that was asked to leave; 0 for the original. */
  readonly ratio: number;
  /** What is left of the MACs, as a share. */
  readonly macs: number;
  /** In percent. */
  readonly top1: number;
}

export const ratios: readonly number[] = [0.1, 0.2, 0.3, 0.5];

const backend = onnx();

/** The networks that are there. */
export const present = (): string[] =>
  subjects.filter(({ file }) => existsSync(`${models}/${file}`)).map(({ name }) => name);

/** Prunes a network by every criterion at every ratio, ranked in every way; the original comes first. */
export async function* runsOf(name: string): AsyncGenerator<Run> {
  const subject = subjects.find((one) => one.name === name) as Subject;
  const model = await (subject.open?.() ?? openModel(`${models}/${subject.file}`));
  const { fit, test, metric, data } = await subject.prepare(model);
  const trace = backend.trace(model);
  const whole = macsOf(backend.cost(model, trace));
  const dense = await test(model);
  const top1 = async (net: Model): Promise<number> => metric(await test(net), dense);
  const same = { model: subject.name, data };
  yield { ...same, criterion: "", ranking: "local", ratio: 0, macs: 1, top1: metric(dense, dense) };
  const statistics = await collectStatistics(model, fit, { seed: 1 });
  const probe = activationProbe(backend.probe(model, trace), statistics);
  const known = new Map<string, number>();
  const pruned = async (importance: Importance, ranking: Ranking, ratio: number) => {
    const options = { backend, importance, trace, probe: () => probe, ratio };
    const how = ranking === "local" ? {} : { [ranking]: true };
    const { chosen, scores } = await plan(model, { ...options, ...how });
    const made = cutOrRepair(model, backend, trace, chosen, scores);
    const { units } = made.chosen.plan;
    const key = [...units].sort((a, b) => a - b).join();
    const found = known.get(key) ?? (await top1(readModel(made.model.source)));
    known.set(key, found);
    return { macs: macsOf(backend.cost(model, trace, made.chosen.cut)) / whole, top1: found };
  };
  for (const [criterion, importance] of criteriaFor(trace))
    for (const ranking of rankings)
      for (const ratio of ratios)
        yield { ...same, criterion, ranking, ratio, ...(await pruned(importance, ranking, ratio)) };
}

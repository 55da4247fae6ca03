import type { Cut } from "@prune/graph";
import type { Opened, TrainedModel } from "./format.js";
import type { AskedPrune } from "./options/asked.js";
import type { Job } from "./progress.js";
import type { Store } from "./store/store.js";

/** What is left, trained by the original and by labels where there are some; undefined if that was not asked for. */
export async function taught<Model, Edit>(
  opened: Opened<Model, Edit>,
  { student, cut }: { readonly student: () => Model; readonly cut: Cut },
  { train: how, samples, seed, threads }: AskedPrune,
  { store, job }: { readonly store: Store; readonly job: Job },
): Promise<TrainedModel<Model> | undefined> {
  if (!how || !samples || !opened.train) return undefined;
  await job.begin("train");
  return opened.train(
    {
      student: student(),
      cut,
      teacher: opened.model,
      samples,
      how,
      seed,
      threads,
    },
    store,
    job,
  );
}

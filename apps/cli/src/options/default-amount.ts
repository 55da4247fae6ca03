import type { PruneConfig } from "@prune/workflow";
import { CliError } from "../errors.js";

/** What is kept if samples are given and no amount. */
const usualAgreement = 0.98;

/**
 * An amount where none is said. No amount is safe without a look at data: a tenth of every layer takes a third of what
 * resnet20 knows (docs/accuracy.md), and nothing of another network. So none is taken for granted: samples, if there are
 * some, say what is safe; an amount for some layers leaves the others whole; else the question is asked.
 */
export function withAmount(
  choice: PruneConfig,
  {
    named,
    lossless,
    isTfjs,
  }: { readonly named: string; readonly lossless: boolean; readonly isTfjs: boolean },
): PruneConfig {
  if (lossless || choice.ratio !== undefined || choice.target || choice.keep) return choice;
  if (isForSome(choice)) return { ...choice, ratio: 0 };
  if (choice.data !== undefined && !isTfjs && canSearch(choice))
    return { ...choice, keep: { agreement: usualAgreement } };
  throw new CliError("no-amount", { model: named });
}

const isForSome = ({ layerRatios, headRatios, scopes, ...choice }: PruneConfig): boolean =>
  layerRatios !== undefined ||
  headRatios !== undefined ||
  Object.values(scopes ?? {}).some(({ ratio }) => ratio !== undefined) ||
  (["heads", "queryHeads", "headDims"] as const).some((name) => choice[name] !== undefined);

/** What a search for the smallest model can't be combined with needs an amount. */
const canSearch = ({ mask, allocation, latencyTable, recover, train }: PruneConfig): boolean =>
  !mask &&
  allocation === undefined &&
  latencyTable === undefined &&
  train === undefined &&
  !["synthetic", "merge", "means"].includes(recover ?? "");

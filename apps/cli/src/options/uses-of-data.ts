import type { Importance } from "@prune/graph";
import { checkNeeds } from "../criteria.js";
import { CliError } from "../errors.js";
import { type DataFree, dataFreeWays } from "../recover-data-free.js";
import type { SampleFiles } from "../samples.js";
import { type DataOptions, type OrUndefined, type RecoverOptions, sampleFiles } from "./data.js";
import { methodsOf } from "./recovery-methods.js";

interface Asked extends OrUndefined<DataOptions>, OrUndefined<RecoverOptions> {
  readonly lossless: boolean;
  readonly mask: boolean;
  readonly tfjs: boolean;
}

/** What samples may be for besides winning accuracy back. */
interface Uses {
  readonly name: string;
  readonly importance: Importance;
  readonly allocation: string | undefined;
  readonly keep: boolean;
}

interface UsedData {
  readonly samples: SampleFiles | undefined;
  readonly recover: boolean;
  /** What it is refitted by, where not all that is there. */
  readonly methods: ReturnType<typeof methodsOf>;
  /** How accuracy is won back without data. */
  readonly dataFree: DataFree | undefined;
}

/** The samples, and whether what is left is refitted on them; options that contradict each other are refused. */
export function usesOfData(
  { lossless, mask, tfjs, recover, ...about }: Asked,
  { name, importance, allocation, keep }: Uses,
): UsedData {
  const samples = sampleFiles(about);
  const refuse = (option: string, why: string): CliError => new CliError("bad-option", { option, why });
  const dataFree = dataFreeWays.find((way) => way === recover);
  if (!samples && recover !== undefined && !dataFree)
    throw refuse(
      "--recover",
      `it needs samples; add --data PATH, or choose ${dataFreeWays.join(", ")}, which need none`,
    );
  if (dataFree) {
    const option = `--recover ${dataFree}`;
    if (dataFree === "synthetic" && samples)
      throw refuse(option, "it can't be combined with --data, which is better than made-up inputs");
    if (lossless) throw refuse(option, "it can't be combined with --lossless");
    if (mask) throw refuse(option, "it can't be combined with --mask");
    if (tfjs) throw refuse(option, "it needs an ONNX model");
    if (keep) throw refuse(option, "it can't be combined with --keep, which recovers on samples");
  }
  if (samples && lossless) throw refuse("--data", "it can't be combined with --lossless");
  checkNeeds(name, importance, { data: samples !== undefined, tfjs });
  if (allocation !== undefined && tfjs) throw refuse("--allocation", "it needs an ONNX model");
  if (allocation === "sensitivity" && !samples)
    throw refuse("--allocation sensitivity", "it needs samples; add --data PATH, or name a file of curves");
  const methods = methodsOf(recover);
  if (!samples || dataFree) return { samples, recover: false, methods, dataFree };
  const scores = importance.needs.some((need) => need !== "weights") || allocation === "sensitivity";
  const refits = recover !== undefined && recover !== "none";
  if (tfjs && methods.logits) throw refuse(`--recover ${recover}`, "logits need an ONNX model");
  if (mask && refits) throw refuse(`--recover ${recover}`, "it can't be combined with --mask");
  if (mask && !scores) throw refuse("--data", "it can't be combined with --mask");
  return { samples, recover: recover !== "none" && !mask, methods, dataFree: undefined };
}

import type { RecoverModelOptions } from "@prune/onnx-recovery";
import { bias, type Method } from "@prune/recovery";
import { standardMethods } from "@prune/recovery/advanced";
import { didYouMean } from "../errors.js";
import { dataFreeWays } from "../reports/data-free-report.js";

/** What layers may be refitted by, on samples; held-out samples choose among those that are asked for, layer by layer. */
const methods: Readonly<Record<string, readonly Method[]>> = {
  lsq: standardMethods.filter(({ alpha }) => alpha !== undefined),
  bias: [bias()],
};

/** Refits the core between queries and keys, beside one of the methods. */
const logits = "logits";

/** Moves what a layer gives to where the one that reads it needs it, after least squares. */
const lead = "lead";

/** After them: running statistics of BatchNormalizations again, and the moments of layers that none follows. */
const bn = "bn";

/** What the option `recover` takes besides `none`. */
export const methodNames: readonly string[] = [...Object.keys(methods), lead, logits, bn];

/** What `recoverModel` is asked to do. */
export type RecoveryMethods = Pick<RecoverModelOptions, "methods" | "lead" | "logits" | "moments">;
const ways: readonly string[] = ["auto", "none", ...dataFreeWays];

/** What is wrong with a way of recovery, or a list of methods with commas between, undefined if nothing is. */
export function faultOfRecover(text: string): string | undefined {
  const names = text.split(",");
  if (ways.includes(text)) return undefined;
  const unknown = names.find((name) => !methodNames.includes(name));
  if (unknown !== undefined)
    return `"${unknown}" is none of ${ways.join(", ")}, or of ${methodNames.join(", ")} with commas between${didYouMean(unknown, [...ways, ...methodNames])}`;
  if (names.includes(lead) && !names.includes("lsq"))
    return `${lead} needs least squares beside it: lsq,${lead}`;
  if (names.includes(logits) && names.every((name) => !(name in methods)))
    return `${logits} needs a method for the layers beside it: lsq,${logits}`;
  return undefined;
}

/** What a list of methods means; nothing for `auto`, which is all of the standard ones. */
export function methodsOf(how: string | undefined): RecoveryMethods {
  if (how === undefined || ways.includes(how)) return {};
  const names = how.split(",");
  return {
    methods: names.flatMap((name) => methods[name] ?? []),
    lead: names.includes(lead),
    logits: names.includes(logits),
    moments: names.includes(bn),
  };
}

import type { OrtRuntime } from "@prune/runtime-ort";
import type { GateOptions } from "@prune/training/advanced";

/** How @prune/training opens its models in a runtime. */
export const sessionOptions = (
  { executionProviders }: Pick<OrtRuntime, "executionProviders">,
  threads?: number,
): NonNullable<GateOptions["session"]> => ({
  // Fatal only: an error is thrown, so its log line on stderr would say it twice.
  logSeverityLevel: 4,
  ...(threads !== undefined && { intraOpNumThreads: threads }),
  ...(executionProviders && { executionProviders }),
});

import { RecoveryError } from "./errors.js";
import type { Method } from "./method.js";

/**
 * Refuses what is no method where there are no types to refuse it: a name, or the function that makes one.
 * @throws {RecoveryError} "bad-option"
 */
export function checkMethods(methods: readonly Method[]): void {
  const want = "a list of methods, such as `lsq()`, `bias()` and `moments()` of @prune/recovery";
  const refuse = (value: unknown): never => {
    throw new RecoveryError("bad-option", { option: "methods", value, want });
  };
  if (!Array.isArray(methods)) refuse(methods);
  for (const method of methods)
    if (typeof method?.fit !== "function")
      refuse(typeof method === "function" ? (method as { name: string }).name : method);
}

import { whyOutside } from "@prune/files/path";
import { OnnxError } from "./errors.js";

/** Where an external tensor's bytes lie. */
export interface ExternalRange {
  readonly location: string;
  readonly offset: number;
  /** Undefined: as many bytes as the tensor's shape needs. */
  readonly length: number | undefined;
}

/** Reads the `external_data` entries of a tensor; a location that leaves the model's folder is refused. */
export function externalRange(
  tensor: string,
  entries: readonly { key?: string | null; value?: string | null }[],
): ExternalRange {
  const value = (key: string): string | undefined =>
    entries.find((entry) => entry.key === key)?.value ?? undefined;
  const location = value("location") ?? "";
  const why = whyOutside(location);
  if (why !== undefined) throw new OnnxError("bad-location", { tensor, location, why });
  const number = (key: string): number | undefined => {
    const text = value(key);
    if (text === undefined) return undefined;
    const parsed = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(parsed)) return parsed;
    throw new OnnxError("bad-location", {
      tensor,
      location,
      why: `its ${key} "${text}" is not a number of bytes`,
    });
  };
  return { location, offset: number("offset") ?? 0, length: number("length") };
}

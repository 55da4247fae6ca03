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
  const why = whyUnsafe(location);
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

/** Why a location is not a plain path below the model's folder, or undefined if it is one. */
export function whyUnsafe(location: string): string | undefined {
  if (location === "") return "the location is empty";
  if (location.includes("\0")) return "the location has a NUL character";
  if (/^([/\\]|[a-z]:)/i.test(location)) return "the path is absolute";
  if (location.split(/[/\\]/).includes("..")) return "the path climbs out of the model's folder";
  return undefined;
}

import { createHash } from "node:crypto";

/** JSON with the keys of all objects in order and no spaces: the same text for the same value, wherever it was made. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}

/** The sha256 of bytes or text, as 64 hexadecimal digits. */
export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

/** The sha256 of a value's canonical JSON. */
export const hashOf = (value: unknown): string => sha256(canonical(value));

/** Whether a text is a sha256 as this package writes it. */
export const isSha256 = (text: unknown): text is string =>
  typeof text === "string" && /^[0-9a-f]{64}$/.test(text);

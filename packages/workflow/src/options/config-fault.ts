import { nearest, ownEntry } from "@prune/graph/advanced";
import { didYouMean } from "../errors.js";
import type { Field } from "./field.js";
import { fields } from "./schema.js";

/** What is wrong with a configuration, or undefined: names the place and what belongs there. */
export const configFault = (value: unknown): string | undefined =>
  fault(value, { type: "object", properties: fields, additionalProperties: false }, "");

/** What is wrong with the value of an option, in words that follow its name, or undefined. */
export const fieldFault = (value: unknown, field: Field): string | undefined => fault(value, field, "");

/** What is wrong with a value, or undefined: names the place and what belongs there. */
function fault(value: unknown, field: Field, at: string): string | undefined {
  const place = at || "it";
  if (field.oneOf) {
    const all = field.oneOf.map((one) => fault(value, one, at));
    return all.includes(undefined) ? undefined : `${place} must be ${field.oneOf.map(kindOf).join(" or ")}`;
  }
  // A pattern can't say all: names that are sound may need one another.
  const said = typeof value === "string" ? field.fault?.(value) : undefined;
  if (said !== undefined) return at === "" ? said : `${at}: ${said}`;
  if (!isOf(value, field)) {
    const meant = typeof value === "string" && field.enum ? didYouMean(value, field.enum) : "";
    return `${place} must be ${kindOf(field)}${meant}`;
  }
  if (field.type === "array")
    return first((value as unknown[]).map((item, i) => fault(item, field.items ?? {}, `${at}[${i}]`)));
  if (field.type !== "object") return undefined;
  const entries = Object.entries(value as object);
  const missing = field.required?.find((key) => !entries.some(([name]) => name === key));
  if (missing !== undefined) return `${place} needs "${missing}"`;
  if (entries.length > (field.maxProperties ?? Infinity) || entries.length < (field.minProperties ?? 0))
    return `${place} must have exactly one of ${Object.keys(field.properties ?? {}).join(", ")}`;
  return first(
    entries.map(([key, item]) => {
      const inner = ownEntry(field.properties ?? {}, key) ?? (field.additionalProperties || undefined);
      const name = at === "" ? key : `${at}.${key}`;
      if (inner) return fault(item, inner, name);
      const [like] = nearest(key, Object.keys(field.properties ?? {}), 1);
      return `there is no option "${name}"${like === undefined ? "" : `; did you mean "${like}"?`}`;
    }),
  );
}

const first = (faults: readonly (string | undefined)[]): string | undefined =>
  faults.find((why) => why !== undefined);

/** Whether a value is of the kind and within the bounds of its field; items and properties are not looked at. */
export function isOf(value: unknown, field: Field): boolean {
  const {
    type,
    minimum = -Infinity,
    maximum = Infinity,
    exclusiveMaximum = Infinity,
    exclusiveMinimum = -Infinity,
  } = field;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  if (type === "string")
    return (
      typeof value === "string" &&
      (field.enum?.includes(value) ?? true) &&
      new RegExp(field.pattern ?? "").test(value)
    );
  if (type === "boolean") return typeof value === "boolean";
  if (typeof value !== "number" || (type === "integer" && !Number.isSafeInteger(value))) return false;
  return value >= minimum && value <= maximum && value < exclusiveMaximum && value > exclusiveMinimum;
}

/** What a field takes, in words that follow "must be". */
export function kindOf({
  type,
  enum: names,
  pattern,
  minimum,
  maximum,
  exclusiveMaximum,
  exclusiveMinimum,
}: Field): string {
  if (names) return `one of ${names.join(", ")}`;
  if (pattern) return `a string that matches ${pattern}`;
  if (type !== "number" && type !== "integer")
    return type === "array" || type === "object" ? `an ${type}` : `a ${type}`;
  const range = [
    minimum !== undefined && `from ${minimum}`,
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    maximum !== undefined && `to ${maximum}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
  ].filter((part) => part !== false);
  return [type === "integer" ? "a whole number" : "a number", ...range].join(" ");
}

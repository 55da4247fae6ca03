import type { Field } from "./field.js";
import { type OptionRow, options } from "./table.js";

/** A phrase of the table as a sentence, with options called in the reader's way. */
export function sentence(text: string, nameOf: (option: string, value?: string) => string): string {
  const named = text.replace(/\{(\w+)(?:: ([^}]+))?\}/g, (_, option: string, value?: string) =>
    nameOf(option, value),
  );
  return `${named.charAt(0).toUpperCase()}${named.slice(1)}.`;
}

/** The options that a configuration may hold. */
export const configRows: readonly (readonly [string, OptionRow])[] = Object.entries<OptionRow>(
  options,
).filter(([, { onlyHere }]) => !onlyHere);

const plain = (option: string): string => `\`${option}\``;

/** What a configuration may hold, by name. */
export const fields: Readonly<Record<string, Field>> = {
  $schema: { type: "string" },
  ...Object.fromEntries(
    configRows.map(([name, { text, field, usual, unit }]) => [
      name,
      {
        description: `${sentence(text, plain)}${unit === undefined ? "" : ` In ${unit}.`}`,
        ...(usual !== undefined && { usual: usual.replace(/\{(\w+)\}/g, "`$1`") }),
        ...field,
      },
    ]),
  ),
};

/** The JSON schema of `prune.config.json`. */
export const schema: Readonly<Record<string, unknown>> = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Configuration of @prune/cli",
  type: "object",
  properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, standard(field)])),
  additionalProperties: false,
};

/** Only what JSON schema knows: what is usual is said in words there. */
function standard({
  usual,
  fault: _,
  description,
  items,
  properties,
  additionalProperties,
  oneOf,
  ...rest
}: Field): unknown {
  const said = [description, usual === undefined ? undefined : `Default: ${usual}.`].filter(
    (text) => text !== undefined,
  );
  return {
    ...rest,
    ...(said.length > 0 && { description: said.join(" ") }),
    ...(items && { items: standard(items) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, standard(field)]),
      ),
    }),
    ...(additionalProperties !== undefined && {
      additionalProperties: additionalProperties === false ? false : standard(additionalProperties),
    }),
    ...(oneOf && { oneOf: oneOf.map(standard) }),
  };
}

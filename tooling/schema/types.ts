import type { Field } from "../../packages/workflow/src/options/field.js";
import { fields } from "../../packages/workflow/src/options/schema.js";

/** The types of a configuration as TypeScript, with what is said of each option. */
export function typesText({ $schema, ...options }: Readonly<Record<string, Field>> = fields): string {
  const named = new Map<string, Field>();
  const config = interfaceText(
    "PruneConfig",
    "How much leaves, from where, by which scores, on which samples: plain data, as `prune.config.json` holds it.",
    { ...($schema && { $schema }), ...options },
    named,
  );
  const others = [...named].map(([name, field]) =>
    field.properties === undefined
      ? `${comment(field, "")}export type ${name} = ${typeOf(untitled(field), named)};\n`
      : interfaceText(name, field.description, field.properties, named),
  );
  return [oneOf, ...others, config].join("\n");
}

const oneOf = `/** Exactly one of these. */
export type OneOf<All> = {
  [Name in keyof All]: { readonly [Key in Name]: All[Key] } & { readonly [Other in Exclude<keyof All, Name>]?: never };
}[keyof All];
`;

function interfaceText(
  name: string,
  description: string | undefined,
  properties: Readonly<Record<string, Field>>,
  named: Map<string, Field>,
): string {
  const members = Object.entries(properties).map(
    ([key, field]) => `${comment(field, "  ")}  readonly ${key}?: ${typeOf(field, named)};\n`,
  );
  return `${comment({ ...(description !== undefined && { description }) }, "")}export interface ${name} {\n${members.join("")}}\n`;
}

/** A comment of lines of at most 118 characters. */
function comment({ description, usual, enum: choices }: Field, indent: string): string {
  if (description === undefined) return "";
  const shown = usual !== undefined && choices?.includes(usual) ? `"${usual}"` : usual;
  const text = `${description}${shown === undefined ? "" : ` @default ${shown}`}`;
  if (text.length + indent.length + 7 <= 118) return `${indent}/** ${text} */\n`;
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1] as string;
    if (last.length + word.length + indent.length + 4 > 118) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}

function typeOf(field: Field, named: Map<string, Field>): string {
  const { title, type, enum: choices, items, properties, additionalProperties } = field;
  if (title !== undefined) {
    named.set(title, field);
    return title;
  }
  if (field.oneOf) return field.oneOf.map((one) => typeOf(one, named)).join(" | ");
  if (choices) return choices.map((choice) => `"${choice}"`).join(" | ");
  if (type === "array") return `readonly ${inBrackets(typeOf(items ?? {}, named))}[]`;
  if (type !== "object") return type === "integer" ? "number" : (type ?? "unknown");
  if (properties === undefined)
    return `Readonly<Record<string, ${typeOf(additionalProperties || {}, named)}>>`;
  const alone = field.maxProperties === 1;
  const members = Object.entries(properties).map(
    ([key, value]) =>
      `readonly ${key}${alone || field.required?.includes(key) ? "" : "?"}: ${typeOf(value, named)}`,
  );
  const all = `{ ${members.join("; ")} }`;
  return alone ? `OneOf<${all}>` : all;
}

const inBrackets = (type: string): string => (type.includes(" | ") ? `(${type})` : type);

const untitled = ({ title: _, ...field }: Field): Field => field;

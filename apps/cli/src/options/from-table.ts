import {
  type CommandName,
  type Field,
  groups,
  type OptionKey,
  type OptionRow,
  options,
} from "@prune/workflow/advanced";
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  collect,
  countTo,
  depth,
  names,
  notNegative,
  positive,
  positiveTo,
  ratio,
  share,
  size,
  whole,
} from "../options.js";
import { hold, namedShares, recoverHow, scope, target } from "./values.js";

/** What a command says otherwise of an option than the table does. */
export interface Said {
  readonly text?: string;
  /** In place of what the table says of how it is written. */
  readonly more?: string;
  readonly usual?: string;
  readonly required?: true;
}

/**
 * Gives a command the options that the table has for it, under the headings of their groups. They are called as in the API
 * once they are parsed.
 */
export function addOptions(
  command: Command,
  name: CommandName,
  said: Partial<Readonly<Record<OptionKey, Said>>> = {},
): Command {
  for (const [key, row] of Object.entries<OptionRow>(options))
    if (row.commands.includes(name)) {
      const { required, more, ...own } = said[key as OptionKey] ?? {};
      const line = { ...row.line, ...(more !== undefined && { more }) };
      command.addOption(optionOf(key, { ...row, ...own, line }, required));
      // `--no-x` beside `--x`: what is found by itself can be left out.
      if (row.line?.without !== undefined)
        command.addOption(
          called(new Option(`--no-${flagOf(key).slice(2)}`, row.line.without), key).helpGroup(heading(row)),
        );
    }
  return command;
}

/** One option, from a row of the table or one that a command has for itself. */
export function optionOf(key: string, row: OptionRow, required = false): Option {
  const { field, line = {} } = row;
  const flag = line.off === undefined ? flagOf(key, row) : `--no-${flagOf(key, row).slice(2)}`;
  const flags = `${line.short === undefined ? "" : `${line.short}, `}${flag}`;
  const isSwitch = field.type === "boolean";
  const option = called(
    new Option(isSwitch ? flags : `${flags} <${line.value ?? placeholder(field)}>`, textOf(row)),
    key,
  );
  option.helpGroup(heading(row));
  offered.set(option, wordsOf(row));
  if (required) option.makeOptionMandatory();
  if (isSwitch) return option;
  if (field.enum) return option.choices([...field.enum]);
  const parse = parsers[key] ?? parserOf(field);
  return parse === undefined
    ? option
    : option.argParser(parse as (text: string, previous: unknown) => unknown);
}

const offered = new WeakMap<Option, readonly string[]>();

/** Words that a shell offers as values of an option, or as the beginning of one ("macs="). */
export const offeredFor = (option: Option): readonly string[] =>
  offered.get(option) ?? option.argChoices ?? [];

function wordsOf({ field, line }: OptionRow): readonly string[] {
  if (line?.words) return line.words;
  if (field.type === "object" && field.properties)
    return Object.keys(field.properties).map((name) => `${name}=`);
  return field.enum ?? field.items?.enum ?? [];
}

/** How the command line writes an option of the API, and a part or a value of it: "target.macs" is `--target macs`. */
export function flagText(option: string, value?: string): string {
  const [, key = option, rest = ""] = /^(\w+)(.*)$/s.exec(option) ?? [];
  const flag = flagOf(key);
  if (value === "false") return flag.replace("--", "--no-");
  const parts = rest.replace(/^: |\["?|"?\]|\./g, " ").trim();
  return [flag, parts, value].filter(Boolean).join(" ");
}

function flagOf(key: string, row?: Pick<OptionRow, "line">): string {
  const { line } = row ?? options[key as OptionKey] ?? {};
  return line?.flag ?? `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

const heading = ({ group }: OptionRow): string => `${groups[group]}:`;

function textOf({ text, field, usual, line: { more = "", off, once } = {} }: OptionRow): string {
  if (off !== undefined) return off;
  const repeats =
    (field.type === "array" && !once) || (field.type === "object" && field.properties === undefined);
  const full = `${text}${more}${repeats ? "; may be repeated" : ""}${usual === undefined ? "" : ` (default: ${usual})`}`;
  return full.replace(/\{(\w+)(?:: ([^}]+))?\}/g, (_, key: string, value?: string) => flagText(key, value));
}

/** An option by its name in the API. */
function called(option: Option, key: string): Option {
  option.attributeName = () => key;
  return option;
}

type Parse = (text: string, previous: never) => unknown;

/** What is written in a way of its own on a command line. */
const parsers: Readonly<Record<string, Parse | undefined>> = {
  target,
  keep: hold,
  recover: recoverHow,
  scopes: scope,
  layerRatios: namedShares,
  headRatios: namedShares,
  sizes: size,
  depth,
  blocks: names,
};

function parserOf({ type, items, ...bounds }: Field): Parse | undefined {
  if (type === "array")
    return items?.enum
      ? (text: string) => listed(text, items.enum ?? [])
      : (text: string, previous: readonly string[] | undefined) => collect(text, previous ?? []);
  if (type === "integer")
    return bounds.minimum === 1 ? countTo(bounds.maximum ?? Number.MAX_SAFE_INTEGER) : whole;
  if (type !== "number") return undefined;
  if (bounds.exclusiveMaximum === 1) return ratio;
  if (bounds.maximum === 1) return share;
  if (bounds.exclusiveMinimum === undefined) return notNegative;
  return bounds.maximum === undefined ? positive : positiveTo(bounds.maximum);
}

/** "flip,crop" */
function listed(text: string, known: readonly string[]): string[] {
  const list = text.split(",").map((name) => name.trim());
  const unknown = list.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`It knows ${known.join(", ")}, and not "${unknown}".`);
  return list;
}

function placeholder({ type, enum: choices, exclusiveMaximum, maximum }: Field): string {
  if (choices) return "name";
  if (type === "integer") return "n";
  if (type === "array") return "names";
  if (type !== "number") return "what";
  return exclusiveMaximum === 1 || maximum === 1 ? "share" : "x";
}

import type { Input } from "./inputs.js";
import type { Random } from "./random.js";

export interface FillOptions {
  readonly floats: "uniform" | "normal";
  readonly tokens: number;
}

/** Makes the numbers of one input. */
export type Filler = (shape: readonly number[], random: Random, options: FillOptions) => number[];

type Kind = "float" | "int" | "byte" | "bool";

/** What an input's name says of its values; the first match wins. */
const named: readonly { readonly kinds: readonly Kind[]; readonly name: RegExp; readonly fill: Filler }[] = [
  { kinds: ["float", "int", "byte", "bool"], name: /mask/i, fill: every(() => 1) },
  { kinds: ["bool"], name: /use_cache|past/i, fill: every(() => 0) },
  { kinds: ["int"], name: /position/i, fill: (shape) => counted(shape, (place) => place) },
  { kinds: ["int"], name: /token_type|segment/i, fill: every((random) => random.integer(2)) },
  { kinds: ["int"], name: /sample_?rate|^sr$/i, fill: every(() => 16000) },
  { kinds: ["int", "float"], name: /time_?step/i, fill: every((random) => random.integer(1000)) },
];

const byKind: { readonly [K in Kind]: Filler } = {
  float: (shape, random, { floats }) =>
    counted(shape, floats === "normal" ? random.normal : () => 2 * random.uniform() - 1),
  int: (shape, random, { tokens }) => counted(shape, () => random.integer(tokens)),
  byte: every((random) => random.integer(256)),
  bool: every(() => 1),
};

export function fillerOf({ name, type }: Input): Filler {
  const kind = kindOf(type);
  return named.find((rule) => rule.kinds.includes(kind) && rule.name.test(name))?.fill ?? byKind[kind];
}

function kindOf(type: Input["type"]): Kind {
  if (type.startsWith("float")) return "float";
  if (type === "bool") return "bool";
  return type === "uint8" ? "byte" : "int";
}

function every(value: (random: Random) => number): Filler {
  return (shape, random) => counted(shape, () => value(random));
}

/** One number per element; `value` is told the element's place on the last axis. */
function counted(shape: readonly number[], value: (place: number) => number): number[] {
  const size = shape.reduce((product, dim) => product * dim, 1);
  const last = shape.at(-1) ?? 1;
  return Array.from({ length: size }, (_, index) => value(index % last));
}

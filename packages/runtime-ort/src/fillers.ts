import type { Input } from "./inputs.js";
import type { Random } from "./random.js";

export interface FillOptions {
  readonly floats: "uniform" | "normal";
  readonly tokens: number;
  /** A table says how many tokens there are. */
  readonly isLimited: boolean;
  /** Steps that the cache holds. */
  readonly past: number;
  /** The cache has room for steps to come, and steps are written into it. */
  readonly isBuffer: boolean;
  /** Steps that are fed. */
  readonly length: number;
  /** Height and width of images. */
  readonly side: number;
  readonly seed: number;
}

/** Makes the numbers of one input. */
export type Filler = (shape: readonly number[], random: Random, options: FillOptions) => number[];

type Kind = "float" | "int" | "byte" | "bool";

/** What an input's name says of its values; the first match wins. */
const named: readonly { readonly kinds: readonly Kind[]; readonly name: RegExp; readonly fill: Filler }[] = [
  { kinds: ["float", "int", "byte", "bool"], name: /mask/i, fill: every(() => 1) },
  {
    kinds: ["bool"],
    name: /use_cache|past/i,
    fill: every((_, { past, seed }) => (past > 0 && seed % 2 ? 1 : 0)),
  },
  { kinds: ["int"], name: /seqlens?_k/i, fill: every((_, { past, length }) => past + length - 1) },
  { kinds: ["int"], name: /total_seq/i, fill: every((_, { past, length }) => past + length) },
  {
    kinds: ["int"],
    name: /past_.*len/i,
    fill: every((_, { past, length, isBuffer }) => (isBuffer ? Math.max(1, past - length) : past)),
  },
  { kinds: ["int"], name: /logits_to_keep/i, fill: every(() => 1) },
  {
    kinds: ["int"],
    name: /position/i,
    fill: (shape, _, { past, tokens, isLimited }) =>
      counted(shape, (place) => (isLimited ? (place + past) % tokens : place + past)),
  },
  { kinds: ["int"], name: /token_type|segment/i, fill: every((random) => random.integer(2)) },
  { kinds: ["int"], name: /sample_?rate|^sr$/i, fill: every(() => 16000) },
  { kinds: ["int"], name: /(^|_)(len|lens|length|lengths)$/i, fill: every((_, { length }) => length) },
  {
    kinds: ["int", "float"],
    name: /(image|target|orig\w*)_(sizes?|shape)|im_shape/i,
    fill: every((_, { side }) => side),
  },
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

function every(value: (random: Random, options: FillOptions) => number): Filler {
  return (shape, random, options) => counted(shape, () => value(random, options));
}

/** One number per element; `value` gets the element's place on the last axis. */
function counted(shape: readonly number[], value: (place: number) => number): number[] {
  const size = shape.reduce((product, dim) => product * dim, 1);
  const last = shape.at(-1) ?? 1;
  return Array.from({ length: size }, (_, index) => value(index % last));
}

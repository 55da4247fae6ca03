import type { Edits } from "../mutant.js";
import type { Random } from "../random.js";
import { floats, integer, names } from "./nasty.js";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON document that can be replaced as a whole. */
export interface JsonDocument {
  value: Json;
}

interface Place {
  readonly holder: Json[] | { [key: string]: Json };
  readonly key: string | number;
  readonly path: string;
}

/** All places of a document, as far as it goes. */
function places(document: JsonDocument): Place[] {
  const found: Place[] = [];
  const visit = (value: Json, path: string): void => {
    if (typeof value !== "object" || value === null) return;
    for (const key of Object.keys(value)) {
      const at = Array.isArray(value) ? Number(key) : key;
      found.push({ holder: value, key: at, path: `${path}/${key}` });
      visit((value as { [key: string]: Json })[key] as Json, `${path}/${key}`);
    }
  };
  visit(document.value, "");
  return found;
}

const get = ({ holder, key }: Place): Json => (holder as { [key: string]: Json })[key] as Json;

/** As data: `__proto__` becomes a key like any other, as in parsed JSON. */
function set({ holder, key }: Place, value: Json): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

/** A place, those of numbers and names more often than those of lists and objects. */
function place(document: JsonDocument, random: Random): Place | undefined {
  const all = places(document);
  if (all.length === 0) return undefined;
  const leaves = all.filter((one) => typeof get(one) !== "object");
  return random.pick(leaves.length > 0 && !random.once(3) ? leaves : all);
}

function other(value: Json, random: Random): Json {
  if (typeof value === "number" && !random.once(4)) return integer(random);
  if (typeof value === "string" && !random.once(4)) return random.pick(names);
  return random.pick<Json>([
    null,
    true,
    false,
    integer(random),
    -0.5,
    random.pick(floats.filter(Number.isFinite)),
    "1",
    random.pick(names),
    [],
    {},
    [[]],
    [0],
    { constructor: 1 },
    nested(random.pick([3, 40, 2000])),
  ]);
}

function nested(depth: number): Json {
  let value: Json = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

const short = (value: Json): string => JSON.stringify(value)?.slice(0, 60) ?? String(value);

/** What may happen to any JSON. */
export const jsonEdits: Edits<JsonDocument> = {
  value(document, random) {
    const at = place(document, random);
    if (!at) return "nothing";
    const value = other(get(at), random);
    set(at, value);
    return `${at.path} = ${short(value)}`;
  },
  missing(document, random) {
    const at = place(document, random);
    if (!at) return "nothing";
    if (Array.isArray(at.holder)) at.holder.splice(at.key as number, 1);
    else delete at.holder[at.key];
    return at.path;
  },
  twice(document, random) {
    const at = random.pick(places(document).filter(({ holder }) => Array.isArray(holder)));
    if (!at) return "nothing";
    (at.holder as Json[]).splice(at.key as number, 0, structuredClone(get(at)));
    return at.path;
  },
  swapped(document, random) {
    const [a, b] = [place(document, random), place(document, random)];
    if (!a || !b || a.path.startsWith(b.path) || b.path.startsWith(a.path)) return "nothing";
    const [one, two] = [get(a), get(b)];
    set(a, two);
    set(b, one);
    return `${a.path} and ${b.path}`;
  },
  copied(document, random) {
    const [a, b] = [place(document, random), place(document, random)];
    if (!a || !b) return "nothing";
    set(a, structuredClone(get(b)));
    return `${b.path} to ${a.path}`;
  },
  renamed(document, random) {
    const at = random.pick(places(document).filter(({ holder }) => !Array.isArray(holder)));
    if (!at) return "nothing";
    const value = get(at);
    delete (at.holder as { [key: string]: Json })[at.key];
    const key = random.pick(names);
    set({ ...at, key }, value);
    return `${at.path} to ${short(key)}`;
  },
  reordered(document, random) {
    const at = random.pick(places(document).filter((one) => Array.isArray(get(one))));
    if (!at) return "nothing";
    (get(at) as Json[]).reverse();
    return at.path;
  },
};

export const encoded = (value: Json): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

import type { Random } from "../random.js";

/** Names that mean something to JavaScript, to a terminal, to a file system, or to nobody. */
export const names: readonly string[] = [
  "constructor",
  "__proto__",
  "toString",
  "hasOwnProperty",
  "",
  " ",
  "\u001b[31mred",
  "a\nb",
  "../up",
  "/abs",
  "x".repeat(5000),
  "名前",
  "NaN",
  "0",
];

/** Whole numbers near the borders of what formats and machines count with. */
export const integers: readonly number[] = [
  0,
  1,
  -1,
  2,
  -2,
  3,
  4,
  7,
  16,
  255,
  65536,
  2 ** 24 + 1,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 40,
  Number.MAX_SAFE_INTEGER,
];

export const floats: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e-45,
  1e38,
  -1e38,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

export const integer = (random: Random): number => random.pick(integers);

/** A list of sizes, changed a little or altogether. */
export function resized(sizes: readonly number[], random: Random): number[] {
  const list = [...sizes];
  const at = random.below(list.length + 1);
  switch (random.below(7)) {
    case 0:
      list.splice(at, 0, random.pick([1, 1, 2, 3]));
      break;
    case 1:
      list.splice(at, 1);
      break;
    case 2:
      list[at] = integer(random);
      break;
    case 3:
      list[at] = (list[at] ?? 1) + random.pick([-1, 1]);
      break;
    case 4:
      list.reverse();
      break;
    case 5:
      return Array.from({ length: random.pick([0, 1, 5, 33]) }, () => random.pick([1, 1, 1, 2]));
    default:
      list[at] = (list[at] ?? 1) * random.pick([2, 0, -1]);
  }
  return list;
}

/**
 * Size of a tensor dimension: a number, or a canonical polynomial over symbols ("batch", "2*batch*seq", "seq+1")
 * for sizes known only at run time. Equal strings are equal sizes; nothing is assumed of unequal ones.
 */
export type Dim = number | string;

/** Coefficients by monomial; the key is the sorted symbols joined by "*", "" for the constant term. */
type Polynomial = ReadonlyMap<string, number>;

const known = new Map<string, Polynomial>();

/** How a size follows from others. */
interface Formula {
  readonly of: readonly Dim[];
  readonly compute: (...sizes: number[]) => number;
}

/** Symbols that follow from others. */
const formulas = new Map<string, Formula>();

/** Names of bracketed symbols as they were given. */
const spelled = new Map<string, string>();

/**
 * A symbol by any name; names that look like arithmetic are bracketed so that they stay one symbol. What is known of how
 * it follows from other sizes is for `sizeAt` alone, and must be the same wherever the name is.
 */
export function symbol(name: string, of?: readonly Dim[], compute?: Formula["compute"]): Dim {
  const text = /^[A-Za-z_][\w.]*$/.test(name) ? name : `[${name.replaceAll("*", "·").replaceAll("+", "⁺")}]`;
  if (!known.has(text)) known.set(text, new Map([[text, 1]]));
  if (text !== name) spelled.set(text, name);
  if (of && compute) formulas.set(text, { of, compute });
  return text;
}

const polynomial = (dim: Dim): Polynomial =>
  typeof dim === "number" ? new Map([["", dim]]) : (known.get(dim) ?? new Map([[dim, 1]]));

function canonical(terms: Map<string, number>): Dim {
  const keys = [...terms.keys()]
    .filter((key) => terms.get(key) !== 0)
    .sort()
    .reverse();
  if (keys.length === 0) return 0;
  if (keys.length === 1 && keys[0] === "") return terms.get("") as number;
  const text = keys.map((key) => term(key, terms.get(key) as number)).join("+");
  if (!known.has(text)) known.set(text, new Map(keys.map((key) => [key, terms.get(key) as number])));
  return text;
}

const term = (key: string, c: number): string => (key === "" ? String(c) : c === 1 ? key : `${c}*${key}`);

/** The name that a symbol was made of; undefined for a number and for a size of several symbols. */
export function nameOf(dim: Dim): string | undefined {
  if (typeof dim === "number") return undefined;
  const [key, more] = polynomial(dim).keys();
  return more === undefined && key === dim ? (spelled.get(dim) ?? dim) : undefined;
}

/** A size, given those of the symbols that follow from no other, by name; undefined where one is missing. */
export function sizeAt(dim: Dim, sizeOf: (name: string) => number | undefined): number | undefined {
  if (typeof dim === "number") return dim;
  let sum = 0;
  for (const [monomial, c] of polynomial(dim)) {
    let product = c;
    for (const text of symbolsOf(monomial)) {
      const size = sizeOfSymbol(text, sizeOf);
      if (size === undefined) return undefined;
      product *= size;
    }
    sum += product;
  }
  return sum;
}

function sizeOfSymbol(text: string, sizeOf: (name: string) => number | undefined): number | undefined {
  const formula = formulas.get(text);
  if (!formula) return sizeOf(spelled.get(text) ?? text);
  const sizes: number[] = [];
  for (const dim of formula.of) {
    const size = sizeAt(dim, sizeOf);
    if (size === undefined) return undefined;
    sizes.push(size);
  }
  const size = formula.compute(...sizes);
  return Number.isFinite(size) ? size : undefined;
}

/** The sum of two sizes, as a number where both are. */
export function add(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  const sum = new Map(polynomial(a));
  for (const [key, c] of polynomial(b)) sum.set(key, (sum.get(key) ?? 0) + c);
  return canonical(sum);
}

/** The product of two sizes, as a number where both are. */
export function multiply(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a * b;
  const product = new Map<string, number>();
  for (const [x, c] of polynomial(a))
    for (const [y, d] of polynomial(b)) {
      const key = [...x.split("*"), ...y.split("*")].filter(Boolean).sort().join("*");
      product.set(key, (product.get(key) ?? 0) + c * d);
    }
  return canonical(product);
}

/** The first size without the second, as a number where both are. */
export const subtract = (a: Dim, b: Dim): Dim => add(a, multiply(-1, b));

/** The product of sizes; 1 for none. */
export const product = (dims: readonly Dim[]): Dim => dims.reduce(multiply, 1);

/** a / b where that is exact for every value of the symbols; undefined otherwise. */
export function divide(a: Dim, b: Dim): Dim | undefined {
  if (b === 1) return a;
  if (b === 0) return undefined;
  if (typeof a === "number" && typeof b === "number") return a % b === 0 ? a / b : undefined;
  if (a === 0) return 0;
  if (a === b) return 1;
  const divisor = polynomial(b);
  const [key, c] = leading(divisor);
  const quotient = new Map<string, number>();
  const left = new Map(polynomial(a));
  while (left.size > 0) {
    const [x, d] = leading(left);
    const rest = without(symbolsOf(x), symbolsOf(key));
    if (rest === undefined || d % c !== 0) return undefined;
    quotient.set(rest.join("*"), d / c);
    for (const [y, e] of divisor) {
      const term = [...symbolsOf(y), ...rest].sort().join("*");
      const sum = (left.get(term) ?? 0) - e * (d / c);
      if (sum === 0) left.delete(term);
      else left.set(term, sum);
    }
  }
  return canonical(quotient);
}

const symbolsOf = (monomial: string): string[] => monomial.split("*").filter(Boolean);

/** The first term in an order that products keep: more symbols first, then by symbol. */
function leading(terms: Polynomial): readonly [monomial: string, coefficient: number] {
  let best: string | undefined;
  for (const key of terms.keys()) if (best === undefined || isBefore(key, best)) best = key;
  return [best ?? "", terms.get(best ?? "") ?? 0];
}

function isBefore(a: string, b: string): boolean {
  const [p, q] = [symbolsOf(a), symbolsOf(b)];
  if (p.length !== q.length) return p.length > q.length;
  for (const symbol of [...new Set([...p, ...q])].sort()) {
    const [m, n] = [p, q].map((list) => list.filter((s) => s === symbol).length) as [number, number];
    if (m !== n) return m > n;
  }
  return false;
}

function without(all: string[], some: readonly string[]): string[] | undefined {
  const rest = [...all];
  for (const s of some) {
    const at = rest.indexOf(s);
    if (at < 0) return undefined;
    rest.splice(at, 1);
  }
  return rest;
}

/** floor(a / b); inexact symbolic quotients become one new symbol, the same for the same operands. */
export function floorDivide(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b);
  return divide(a, b) ?? symbol(`floor(${a}/${b})`, [a, b], (x, y) => Math.floor(x / y));
}

/** Numbers p and q with a = b * p / q for every value of the symbols; undefined when the symbols differ. */
export function ratio(a: Dim, b: Dim): readonly [number, number] | undefined {
  const x = [...polynomial(a)];
  const y = polynomial(b);
  if (x.length !== y.size || x.length === 0) return undefined;
  const [key, p] = x[0] as [string, number];
  const q = y.get(key);
  if (q === undefined) return undefined;
  return x.every(([k, c]) => c * q === p * (y.get(k) ?? 0)) ? [p, q] : undefined;
}

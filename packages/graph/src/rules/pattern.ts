import type { Layout } from "../layout/layout.js";
import type { GraphNode, Rule } from "../trace/graph.js";
import type { Kit, Labelled } from "../trace/kit.js";
import type { Value } from "../trace/value.js";

/**
 * Puts operands side by side as a pattern says, from left to right; an operand that is undefined is left out. What is not
 * asked for any more is summed over as soon as it can be.
 * @throws {RangeError} for an operand that has other dims than the pattern names, which freezes the rule's node.
 */
export type Join = (kit: Kit, operands: readonly (Value | Layout | undefined)[]) => Layout;

/**
 * Reads a pattern of dims, operands in order: `"n i *, o i *, o -> n o *"` is a convolution with a bias.
 *
 * - A name is a dim; dims of one name lie side by side in all operands, and those that the result lacks are summed over.
 * - `*` is any number of dims that meet nothing; the result's are those of the first operand that has some.
 * - `...` is any number of dims that lie side by side as numpy broadcasts them, from the last.
 * - `1` is one dim that meets nothing.
 *
 * @throws {RangeError} for a text that is no pattern.
 */
export function joining(text: string): Join {
  const { operands, result } = parse(text);
  const first = operands.findIndex((term) => term.includes("*"));
  const spell = (ranks: readonly number[]): Spelled => {
    const labels = ranks.map((rank, i) =>
      rank < 0 ? undefined : labelsOf(operands[i] as Term, i, rank, i === first),
    );
    return {
      labels,
      steps: stepsOf(
        labels.filter((list) => list !== undefined),
        result,
      ),
    };
  };
  const known = new Map<string, Spelled>();
  return (kit, given) => {
    const ranks = given.map((value, i) => (value ? operandRank(value, i) : -1));
    const key = ranks.join();
    const { labels, steps } = known.get(key) ?? spell(ranks);
    known.set(key, { labels, steps });
    const there = given.flatMap((value, i): Labelled[] => (value ? [[value, labels[i] as string[]]] : []));
    if (there.length === 1) return kit.meet(there, steps[0] as string[]);
    return steps.reduce<Labelled>(
      (y, kept, k) => [kit.meet([y, there[k + 1] as Labelled], kept), kept],
      there[0] as Labelled,
    )[0] as Layout;
  };
}

/** A pattern for operands of given ranks. */
interface Spelled {
  /** By operand; undefined for one that is left out. */
  readonly labels: readonly (readonly string[] | undefined)[];
  /** What is kept of each meeting of one more operand, the result last. */
  readonly steps: readonly (readonly string[])[];
}

function stepsOf(operands: readonly (readonly string[])[], result: Term): string[][] {
  const target = spelled(result, operands);
  const steps: string[][] = [];
  let have = operands[0] ?? [];
  for (let k = 1; k < operands.length - 1; k++) {
    const later = new Set(operands.slice(k + 1).flat());
    const all = [...new Set([...have, ...(operands[k] as readonly string[])])];
    const kept = target.filter((label) => all.includes(label));
    const needed = all.filter((label) => label !== "" && later.has(label) && !target.includes(label));
    have = [...kept, ...needed];
    steps.push([...have]);
  }
  return [...steps, target];
}

/**
 * A rule in one line, of a pattern that names all inputs in order and one output: `"n c *, c, c -> n c *"`. Inputs that a
 * node leaves out count as absent. See `joining` for what patterns say.
 * @throws {RangeError} for a text that is no pattern.
 */
export function pattern<N extends GraphNode>(text: string): Rule<N> {
  const { operands, result } = parse(text);
  const first = operands.findIndex((term) => term.includes("*"));
  const join = joining(text);
  const sums = operands.map((term) => term.some((token) => isName(token) && !result.includes(token)));
  return (node, kit) => {
    const beyond = node.inputs.findIndex((name, i) => name !== "" && i >= operands.length);
    if (beyond >= 0) return kit.opaque(`its input ${beyond} is none that "${text}" names`);
    const given = operands.map((term, i): Value | Layout | undefined => {
      const value = (node.inputs[i] ?? "") === "" ? undefined : kit.raw(i);
      if (!value?.parameter) return value && kit.layout(i);
      const labels = labelsOf(term, i, operandRank(value, i), i === first);
      const dims = labels.flatMap((label, d) => (label === "" ? [] : [d]));
      if (dims.length < labels.length) return kit.some(i, dims);
      // Weights that several nodes multiply by lose the same positions in all; others have a form for each node.
      return sums[i] ? value : kit.own(i);
    });
    return given[0] ? join(kit, given) : kit.opaque();
  };
}

/** The tokens of an operand. */
type Term = readonly string[];

const isName = (token: string): boolean => /^[A-Za-z]\w*$/.test(token);

function parse(text: string): { readonly operands: readonly Term[]; readonly result: Term } {
  const refuse = (why: string): never => {
    throw new RangeError(`The pattern "${text}" ${why}: write it like "n i *, o i *, o -> n o *".`);
  };
  const [given = "", out, ...more] = text.split("->");
  if (out === undefined || more.length > 0) refuse("lacks one arrow");
  const terms = [...given.split(","), out as string].map((term) => term.trim().split(/\s+/).filter(Boolean));
  for (const term of terms) {
    const wrong = term.find((token) => !isName(token) && !["*", "...", "1"].includes(token));
    if (wrong !== undefined) refuse(`has "${wrong}", which is no name of a dim`);
    if (term.filter((token) => token === "*" || token === "...").length > 1)
      refuse("has two open numbers of dims in one operand");
    const names = term.filter(isName);
    if (new Set(names).size < names.length) refuse("names a dim twice in one operand");
  }
  const operands = terms.slice(0, -1);
  const result = terms.at(-1) as Term;
  const lost = result.find((token) => token !== "1" && !operands.some((term) => term.includes(token)));
  if (lost !== undefined || result.includes("1")) refuse(`makes "${lost ?? "1"}" of nothing`);
  return { operands, result };
}

/** One label for each dim; "" for what meets nothing, as `*` does unless the result has it from this operand. */
function labelsOf(term: Term, i: number, rank: number, isFirst: boolean): string[] {
  const open = term.findIndex((token) => token === "*" || token === "...");
  const count = rank - term.length + (open < 0 ? 0 : 1);
  if (open < 0 ? count !== 0 : count < 0)
    throw new RangeError(`operand ${i} has ${rank} dims, and its pattern is "${term.join(" ")}"`);
  return term.flatMap((token) => {
    if (token === "1") return [""];
    if (token === "*") return Array.from({ length: count }, (_, d) => (isFirst ? `*${d}` : ""));
    return token === "..." ? Array.from({ length: count }, (_, d) => `.${count - d}`) : [token];
  });
}

/** The result's labels: its open dims are those that the operands have. */
function spelled(result: Term, operands: readonly (readonly string[])[]): string[] {
  const open = (mark: string): readonly string[] =>
    operands.reduce<readonly string[]>((widest, labels) => {
      const own = labels.filter((label) => label.startsWith(mark));
      return own.length > widest.length ? own : widest;
    }, []);
  return result.flatMap((token) => (token === "*" ? open("*") : token === "..." ? open(".") : [token]));
}

function operandRank(value: Value | Layout, i: number): number {
  const layout = "factors" in value ? value : value.layout;
  if (!layout) throw new RangeError(`the shape of operand ${i} is not known`);
  return layout.rank;
}

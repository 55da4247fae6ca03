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
  return (kit, given) => {
    const there = given.flatMap((value, i): Labelled[] =>
      value ? [[value, labelsOf(operands[i] as Term, i, rankOf(value, i), i === first)]] : [],
    );
    const wide = there.map(([, labels]) => labels);
    const target = spelled(result, wide);
    let y = there[0] as Labelled;
    for (let k = 1; k < there.length; k++) {
      const later = new Set(wide.slice(k + 1).flat());
      const all = [...new Set([...y[1], ...(wide[k] as readonly string[])])];
      const kept = target.filter((label) => all.includes(label));
      const needed = all.filter((label) => label !== "" && later.has(label) && !target.includes(label));
      const labels = k === there.length - 1 ? target : [...kept, ...needed];
      y = [kit.meet([y, there[k] as Labelled], labels), labels];
    }
    return there.length > 1 ? (y[0] as Layout) : kit.meet([y], target);
  };
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
      const labels = labelsOf(term, i, rankOf(value, i), i === first);
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

function rankOf(value: Value | Layout, i: number): number {
  const layout = "factors" in value ? value : value.layout;
  if (!layout) throw new RangeError(`the shape of operand ${i} is not known`);
  return layout.rank;
}

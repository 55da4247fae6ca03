import { type Mode, modeNames } from "./modes.js";
import type { Outcome, Proof } from "./prove.js";

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** Rounded up to a power of ten, so that another processor's rounding doesn't change the text. */
export function magnitude(error: number): string {
  if (error === 0) return "0";
  return Number.isFinite(error) ? `1e${Math.ceil(Math.log10(error) - 1e-9)}` : "infinite";
}

/** Nothing moved: comparing says nothing. */
export const isVacuous = ({ law }: Outcome): boolean => law !== undefined && law.moved < 1e-5;

function heldBy({ prunable }: Proof): string {
  const told = prunable.held.filter(({ share }) => share >= 0.005).slice(0, 3);
  return told.map(({ why, share }) => `${why} ${percent(share)}`).join("; ");
}

/** One line for a terminal. */
export function lineOf(name: string, proof: Proof, modes: readonly Mode[]): string {
  const cells = modes.map((mode) => `${mode} ${terminalCell(proof.outcomes.get(mode))}`.padEnd(34));
  return `${name.padEnd(42)} prunable ${percent(proof.prunable.share).padStart(6)}  ${cells.join(" ")} ${heldBy(proof)}`;
}

function terminalCell(outcome: Outcome | undefined): string {
  if (!outcome || outcome.verdict === "none") return "-";
  const { verdict, kept, why, law } = outcome;
  if (verdict === "refused" || verdict === "not run")
    return `${verdict.toUpperCase()} ${why} ${verdict === "not run" ? percent(kept) : ""}`;
  const numbers = law ? ` ${law.error.toExponential(1)} of ${law.moved.toExponential(1)}` : "";
  const noise = law?.noise === undefined ? "" : ` noise ${law.noise.toExponential(1)}`;
  const vacuous = isVacuous(outcome) ? " vacuous" : "";
  return `${verdict === "wrong" ? "WRONG" : "exact"} ${percent(kept)}${numbers}${noise}${vacuous}${why ? ` ${why}` : ""}`;
}

/** `N exact, N refused, N wrong`, for each mode and for all. */
export function totals(proofs: ReadonlyMap<string, Proof>, modes: readonly Mode[]): string[] {
  const all = modes.map(
    (mode) => [mode, [...proofs.values()].map(({ outcomes }) => outcomes.get(mode))] as const,
  );
  const lines = all.map(([mode, outcomes]) => `${mode}: ${counted(outcomes)}`);
  return [...lines, counted(all.flatMap(([, outcomes]) => outcomes))];
}

function counted(outcomes: readonly (Outcome | undefined)[]): string {
  const n = (verdict: Outcome["verdict"]): number =>
    outcomes.filter((outcome) => outcome?.verdict === verdict).length;
  const vacuous = outcomes.filter((outcome) => outcome?.verdict === "exact" && isVacuous(outcome)).length;
  return sentence({
    exact: n("exact"),
    refused: n("refused"),
    wrong: n("wrong"),
    notRun: n("not run"),
    vacuous,
  });
}

/** Markdown cell: parameters kept and the law's error. */
function cell(outcome: Outcome | undefined): string {
  if (!outcome || outcome.verdict === "none") return "";
  const { verdict, kept, why, law } = outcome;
  if (verdict === "refused") return `refused: ${why}`;
  if (verdict === "wrong") return `**wrong** ${why}`;
  if (verdict === "not run") return `${percent(kept)} · not run`;
  const noise = law?.byNoise ? ` (noise ${magnitude(law.noise ?? 0)})` : "";
  return `${percent(kept)} · ${law ? magnitude(law.error) : "not run"}${noise}${isVacuous(outcome) ? " vacuous" : ""}`;
}

/** A row of the committed table. */
export function rowOf(name: string, proof: Proof): string[] {
  const cells = modeNames.map((mode) => cell(proof.outcomes.get(mode)));
  const { share, halved } = proof.prunable;
  return [name, String(proof.parameters), percent(share), ...cells, heldBy(proof), percent(halved)];
}

/** What a refactor must not change of a row: all but the size of errors. */
export const steady = (row: readonly string[]): string[] =>
  row.map((text) => text.replace(/ · (0|1e-?\d+|infinite)( \(noise [^)]*\))?/, ""));

/** The rows of a committed table, by name. */
export function readRows(markdown: string): Map<string, string[]> {
  const lines = markdown.split("\n").filter((line) => /^\| (?!-)/.test(line));
  const rows = lines.slice(1).map((line) =>
    line
      .slice(2, -2)
      .split(" | ")
      .map((text) => text.trim()),
  );
  return new Map(rows.map((row) => [row[0] as string, row]));
}

const introductions = {
  zoo: `# The zoo, pruned

Every graph of \`../shared/zoo\` pruned at ratio 0.5, once for each mode, and held against the original with all masked
that was cut: what is left of its parameters, and max |cut - masked| / max |masked|, rounded up to a power of ten.
An error may be 1e-4, or 2e-2 where weights are float16; above that it counts only up to twice the *noise*: how far the masked
model is from itself when the runtime rewrites it or the last bit of its inputs changes, which is then given.
*Vacuous*: the mask changes no output by more than 1e-5, so the comparison says little. Units are chosen at random.

- **channels**: channels, hidden units, and dims inside heads, the same in every head
- **heads**: whole heads, key/value groups, query heads of each, groups of grouped convolutions; empty where there are none
- **both**: all of these
- **ragged**: dims inside heads and groups, different ones in each

*Halved*: what is left when half of the free positions of every dim leave, counted parameter by parameter (one seen in
several shapes counts in the shape that loses most). It is a quarter where both dims of all weights are free, and more
where one of them stays: the vocabulary of an embedding, the classes of a classifier, what is an input or an output of the
graph, the single dim of norms, biases and depthwise kernels. *Channels* is within 2 points of it or below in every graph
but those whose layers have 5 units or fewer, of which a half is 2.

Made by \`pnpm zoo --write\`, which takes names to make some rows again.`,
  models: `# Trained models, pruned

The models of \`../shared/models\`, as in [the zoo's table](zoo.md), \`noweights\` ones with random weights. *Not run*: it
takes operators that onnxruntime itself doesn't have; the cut was traced again instead. Made by \`pnpm zoo --models --write\`.`,
};

/** The whole table as Markdown. */
export function document(what: keyof typeof introductions, rows: readonly (readonly string[])[]): string {
  const head = ["graph", "parameters", "prunable", ...modeNames, "what holds the rest", "halved"];
  const sorted = [...rows].sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  const lines = sorted.map((row) => `| ${row.join(" | ")} |`);
  const table = [`| ${head.join(" | ")} |`, `|${head.map(() => "---|").join("")}`, ...lines];
  const columns = modeNames.map((_, i) => rows.map((row) => row[i + 3] as string));
  const ends = [
    ...modeNames.map((mode, i) => `- ${mode}: ${summed(columns[i] as string[])}`),
    `\n${summed(columns.flat())}`,
  ];
  return `${[introductions[what], table.join("\n"), ends.join("\n")].join("\n\n")}\n`;
}

function summed(cells: readonly string[]): string {
  const n = (pattern: RegExp): number => cells.filter((text) => pattern.test(text)).length;
  const [refused, wrong, notRun, vacuous] = [n(/^refused/), n(/^\*\*wrong/), n(/not run$/), n(/vacuous$/)];
  const exact = cells.filter((text) => text !== "").length - refused - wrong - notRun;
  return sentence({ exact, refused, wrong, notRun, vacuous });
}

interface Counts {
  readonly exact: number;
  readonly refused: number;
  readonly wrong: number;
  readonly notRun: number;
  readonly vacuous: number;
}

function sentence({ exact, refused, wrong, notRun, vacuous }: Counts): string {
  const notes = [vacuous > 0 ? `${vacuous} of the exact vacuous` : "", notRun > 0 ? `${notRun} not run` : ""];
  const extra = notes.filter((text) => text !== "").join(", ");
  return `${exact} exact, ${refused} refused, ${wrong} wrong${extra ? ` (${extra})` : ""}`;
}

import type { Mode } from "./modes.js";
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
  const notes = [
    vacuous > 0 ? `${vacuous} of the exact vacuous` : "",
    n("not run") > 0 ? `${n("not run")} not run` : "",
  ];
  const extra = notes.filter((text) => text !== "").join(", ");
  return `${n("exact")} exact, ${n("refused")} refused, ${n("wrong")} wrong${extra ? ` (${extra})` : ""}`;
}

/** Markdown cell: parameters kept and the law's error. */
function cell(outcome: Outcome | undefined): string {
  if (!outcome || outcome.verdict === "none") return "";
  const { verdict, kept, why, law } = outcome;
  if (verdict === "refused") return `refused: ${why}`;
  if (verdict === "not run") return `not run: ${why}`;
  if (verdict === "wrong") return `**wrong** ${why}`;
  return `${percent(kept)} · ${law ? magnitude(law.error) : "not run"}${isVacuous(outcome) ? " vacuous" : ""}`;
}

/** A row of the committed table; what a refactor must not change. */
export function rowOf(name: string, proof: Proof, modes: readonly Mode[]): string {
  const cells = modes.map((mode) => cell(proof.outcomes.get(mode)));
  return `| ${[name, proof.parameters, percent(proof.prunable.share), ...cells, heldBy(proof)].join(" | ")} |`;
}

const introductions = {
  zoo: `# The zoo, pruned

Every graph of \`../shared/zoo\` pruned at ratio 0.5, once for each mode, and held against the original with all masked
that was cut: what is left of its parameters, and max |cut - masked| / max |masked|, rounded up to a power of ten.
*Vacuous*: the mask changes no output by more than 1e-5, so the comparison says little. Units are chosen at random.
Made by \`pnpm zoo --write\`.`,
  models: `# Trained models, pruned

The trained models of \`../shared/models\`, as in [the zoo's table](zoo.md). Made by \`pnpm zoo --models --write\`.`,
};

/** The whole table as Markdown. */
export function document(
  what: keyof typeof introductions,
  proofs: ReadonlyMap<string, Proof>,
  modes: readonly Mode[],
): string {
  const names = [...proofs.keys()].sort();
  const head = ["graph", "parameters", "prunable", ...modes, "what holds the rest"];
  const rows = names.map((name) => rowOf(name, proofs.get(name) as Proof, modes));
  const ends = totals(proofs, modes).map((line) => `- ${line}`);
  const table = [`| ${head.join(" | ")} |`, `|${head.map(() => "---|").join("")}`, ...rows];
  return `${[introductions[what], table.join("\n"), ends.join("\n")].join("\n\n")}\n`;
}

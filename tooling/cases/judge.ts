import type { Row } from "./rows.js";
import type { Ended } from "./run-command.js";

/** What a command line of a row came to, in a few words, and whether that is right. */
export interface Verdict {
  readonly happened: string;
  readonly ok: boolean;
}

/** What is read of what `--json` prints. */
interface Printed {
  readonly error?: { readonly code: string; readonly message: string };
  readonly prunable?: { readonly share: number };
  readonly removed?: number | readonly unknown[];
  readonly law?: { readonly holds: boolean; readonly error: number } | null;
  readonly before?: { readonly parameters: number };
  readonly after?: { readonly parameters: number };
}

/** A typed error is one line that says what to do: no stack, nothing that moves a cursor, and not late. */
const secondsToRefuse = 5;

export function judgeInspect({ right }: Row, ended: Ended): Verdict {
  const found = printed(ended);
  if (typeof found === "string") return { happened: found, ok: false };
  if (found.error) return refusal(found.error, ended, right.is === "pruned" ? undefined : right);
  const share = found.prunable?.share ?? 0;
  const least = right.is === "pruned" ? (right.share ?? 0) : 0;
  // To the tenth of a percent that is printed.
  return { happened: `${(100 * share).toFixed(1)} % prunable`, ok: share >= least - 5e-4 };
}

/** @param removals tensors that the recipe names, where there is one */
export function judgePrune(row: Row, ended: Ended, removals: readonly string[] | undefined): Verdict {
  const { right } = row;
  const found = printed(ended);
  if (typeof found === "string") return { happened: found, ok: false };
  if (found.error) {
    const verdict = refusal(found.error, ended, right.is === "refused" ? right : undefined);
    return { ...verdict, ok: verdict.ok && right.is !== "pruned" };
  }
  const { before, after, law } = found;
  const happened = `${before?.parameters} -> ${after?.parameters} parameters, ${
    law ? `law ${law.error.toExponential(1)}${law.holds ? "" : " BROKEN"}` : "not verified"
  }`;
  const isMasked = row.args?.includes("--mask") ?? false;
  const touched = right.is === "pruned" && right.whole?.find((tensor) => removals?.includes(tensor));
  if (touched) return { happened: `${happened}; cuts ${touched}`, ok: false };
  return { happened, ok: right.is !== "refused" && (isMasked || law?.holds === true) };
}

function refusal(
  { code, message }: { readonly code: string; readonly message: string },
  { end, err, seconds }: Ended,
  right: Row["right"] | undefined,
): Verdict {
  const happened = `${code}: ${message}`;
  const wanted = right?.is === "refused" ? right : undefined;
  const ok =
    (end === 1 || end === 2) &&
    code !== "internal" &&
    !/\n\s+at /.test(message) &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey is looked for
    !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(err) &&
    seconds < secondsToRefuse &&
    (wanted?.codes?.includes(code) ?? true) &&
    (wanted?.says?.test(message) ?? true);
  return { happened, ok };
}

/** What `--json` printed, or what happened in its place. */
function printed({ end, out, err, memory }: Ended): Printed | string {
  if (end === "memory") return `stopped at ${Math.round(memory / 2 ** 20)} MB`;
  if (typeof end === "string") return end;
  try {
    return JSON.parse(out) as Printed;
  } catch {
    return `exit ${end} without JSON: ${(err || out).slice(0, 200)}`;
  }
}

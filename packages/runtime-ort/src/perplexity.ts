import type { Samples } from "@prune/samples";
import { RuntimeError } from "./error.js";
import { numbersOf } from "./numbers.js";
import { run } from "./run.js";
import type { Session } from "./session.js";
import type { Values, ValuesByName } from "./values.js";

/** How well a language model foretells the tokens of a text. */
export interface Perplexity {
  /** e to the mean negative log-likelihood. */
  readonly perplexity: number;
  /** Tokens that were foretold. */
  readonly tokens: number;
  /** Those that were the model's first choice. */
  readonly correct: number;
  /** correct / tokens. */
  readonly top1: number;
}

/** Who is told how far it is. */
export interface PerplexityOptions {
  /** Called after each sample. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Perplexity of a model on windows of text (`samples.text`), one at a time. Every token but the first is foretold once, by
 * all that stands before it in its window: where windows overlap, those that a window shares with the one before it only
 * lead up to the others.
 * @throws {RuntimeError} "not-text", "no-token-output", "token-range".
 */
export async function perplexityOn(
  session: Session,
  samples: Samples,
  { onProgress }: PerplexityOptions = {},
): Promise<Perplexity> {
  const { text, count, fixedBatch = 1 } = samples;
  if (!text) throw new RuntimeError("not-text", {});
  const sums = { loss: 0, correct: 0, tokens: 0 };
  for (let start = 0; start < count; start += fixedBatch) {
    const end = Math.min(start + fixedBatch, count);
    const { feeds } = await samples.read(Int32Array.from({ length: end - start }, (_, i) => start + i));
    const ids = numbersOf(feeds[text.input] as Values);
    const { at, classes } = logitsOf(await run(session, feeds), text.length);
    for (let sample = start; sample < end; sample++) {
      const first = sample === 0 ? 1 : Math.max(1, text.length - text.stride);
      for (let t = first; t < text.length; t++) {
        const row = (sample - start) * text.length + t - 1;
        add(sums, at, row * classes, classes, ids?.(row + 1) ?? -1);
      }
    }
    onProgress?.(end, count);
  }
  const { loss, correct, tokens } = sums;
  return { perplexity: Math.exp(loss / tokens), tokens, correct, top1: correct / tokens };
}

/** One token: its logits begin at `from`. */
function add(
  sums: { loss: number; correct: number; tokens: number },
  at: (index: number) => number,
  from: number,
  classes: number,
  token: number,
): void {
  if (!(token >= 0 && token < classes)) throw new RuntimeError("token-range", { token, classes });
  let most = Number.NEGATIVE_INFINITY;
  let best = -1;
  for (let c = 0; c < classes; c++) {
    const value = at(from + c);
    if (value > most) {
      most = value;
      best = c;
    }
  }
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += Math.exp(at(from + c) - most);
  sums.loss += most + Math.log(sum) - at(from + token);
  sums.tokens++;
  if (best === token) sums.correct++;
}

/** The output that has numbers for every token: [samples, tokens, vocabulary]. */
function logitsOf(
  outputs: ValuesByName,
  length: number,
): { readonly at: (index: number) => number; readonly classes: number } {
  const fits = ({ dims }: Values): boolean => dims.length === 3 && dims[1] === length;
  const { logits } = outputs;
  const found = logits && fits(logits) ? logits : Object.values<Values>(outputs).find(fits);
  const at = found && numbersOf(found);
  if (found && at) return { at, classes: found.dims[2] as number };
  const shapes = Object.entries<Values>(outputs).map(([name, { dims }]) => `${name}[${dims.join(",")}]`);
  throw new RuntimeError("no-token-output", { outputs: shapes.join(", ") });
}

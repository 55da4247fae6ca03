import type { Column } from "../../columns.js";
import { product, rowsOf } from "../../columns.js";
import type { SampleConfig } from "../../config.js";
import type { Entries } from "../../entries.js";
import { SamplesError } from "../../errors.js";
import { inputText, type ModelInput, numbersIn } from "../../inputs.js";
import { corpusTokens } from "./corpus.js";
import { openTokenizer } from "./tokenizer.js";

/** Tokens of a sample, where neither the model nor anyone else says. */
const usualLength = 512;

/**
 * A corpus as samples for a model of tokens: windows over all of its tokens, each full, so that nothing is padded. Masks
 * are ones, positions count from 0, and caches are empty.
 */
export async function textEntries(
  path: string,
  inputs: readonly ModelInput[],
  config: SampleConfig,
): Promise<Entries> {
  const ids = idsOf(inputs);
  const tokenizer = await openTokenizer(config.tokenizer ?? ".");
  const tokens = await corpusTokens(path, tokenizer, config.field ?? "text");
  const fixed = numbersIn(ids.shape ?? []).at(-1);
  const length = fixed ?? Math.min(config.sequence ?? usualLength, tokens.length);
  if (fixed !== undefined && config.sequence !== undefined && config.sequence !== fixed)
    throw new SamplesError("config-invalid", {
      field: "sequence",
      reason: `the model takes ${fixed} tokens at once`,
    });
  if (tokens.length < length || length < 2)
    throw new SamplesError("bad-file", {
      path,
      why: `it has ${tokens.length} tokens, and a sample is of ${Math.max(2, length)}`,
    });
  const stride = Math.min(config.stride ?? length, length);
  const count = Math.floor((tokens.length - length) / stride) + 1;
  const columns = inputs.flatMap((input) => {
    const made = input === ids ? undefined : constant(input, length);
    if (input !== ids && !made) return [];
    return [
      {
        name: input.name,
        count,
        shape: made?.shape ?? [length],
        isBytes: false,
        read: async (places: ArrayLike<number>) =>
          made ? repeated(made, places.length) : windows(tokens, places, length, stride),
      } satisfies Column,
    ];
  });
  return { columns, text: { input: ids.name, length, stride, tokens: tokens.length } };
}

/** The input that takes tokens. */
function idsOf(inputs: readonly ModelInput[]): ModelInput {
  const whole = inputs.filter(({ type, shape }) => /^u?int(32|64)$/.test(type) && shape?.length === 2);
  const found =
    whole.find(({ name }) => /(^|_|\.)input_ids$/.test(name)) ?? (whole.length === 1 ? whole[0] : undefined);
  if (found) return found;
  throw new SamplesError("no-token-input", {
    inputs: inputs.map((input) => `${input.name} ${inputText(input)}`).join(", "),
  });
}

interface Constant {
  readonly shape: readonly number[];
  /** Of one sample. */
  readonly values: Float32Array;
}

/** What models of tokens are fed beside them, the same for every window; undefined for anything else. */
function constant(input: ModelInput, length: number): Constant | undefined {
  const { name, shape = [], type } = input;
  const of = (value: (i: number) => number): Constant => ({
    shape: [length],
    values: Float32Array.from({ length }, (_, i) => value(i)),
  });
  const one = (value: number): Constant => ({ shape: [], values: Float32Array.of(value) });
  if (shape?.length === 2 && /attention_mask$/.test(name)) return of(() => 1);
  if (shape?.length === 2 && /position_ids$/.test(name)) return of((i) => i);
  if (shape?.length === 2 && /token_type_ids$/.test(name)) return of(() => 0);
  if (/use_cache_branch$/.test(name)) return one(0);
  if (/seqlens_k$/.test(name)) return one(length - 1);
  if (/total_sequence_length$/.test(name)) return one(length);
  return /^(past|cache)/.test(name) && /^float/.test(type) && (shape?.length ?? 0) > 2
    ? emptyCache(input)
    : undefined;
}

/** A cache before the first token: nothing along the dim that the model leaves open beside the batch. */
function emptyCache(input: ModelInput): Constant {
  const dims = numbersIn(input.shape?.slice(1) ?? []);
  if (dims.filter((size) => size === undefined).length !== 1)
    throw new SamplesError("open-cache", { input: input.name, model: inputText(input) });
  return { shape: dims.map((size) => size ?? 0), values: new Float32Array(0) };
}

function repeated({ shape, values }: Constant, times: number): Float32Array {
  return rowsOf(values, product(shape), new Uint8Array(times));
}

function windows(tokens: Int32Array, places: ArrayLike<number>, length: number, stride: number): Int32Array {
  const out = new Int32Array(places.length * length);
  for (let i = 0; i < places.length; i++) {
    const from = (places[i] as number) * stride;
    out.set(tokens.subarray(from, from + length), i * length);
  }
  return out;
}

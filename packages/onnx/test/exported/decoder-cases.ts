import type { Builder } from "./builder.js";
import {
  cachedDecoder,
  crossDecoder,
  decoderBytes,
  firstStepDecoder,
  mergedDecoder,
  recurrentDecoder,
} from "./decoders.js";
import { experts } from "./experts.js";
import {
  groupQueryDecoder,
  maskedDecoder,
  multiHeadDecoder,
  packedDecoder,
  rotaryDecoder,
} from "./fused-decoders.js";
import { bytesOf } from "./kit.js";
import { quantised } from "./quantised.js";

/** Decoders of every form that caches have, by what holds their cache. */
export const decoders: Readonly<Record<string, (g: Builder) => void>> = {
  "self-attention, cache joined by Concat": cachedDecoder,
  GroupQueryAttention: groupQueryDecoder,
  "GroupQueryAttention, packed, rotated inside": rotaryDecoder,
  MultiHeadAttention: multiHeadDecoder,
  "Attention (com.microsoft)": packedDecoder,
  DecoderMaskedMultiHeadAttention: maskedDecoder,
  "keys and values of an encoder as inputs": crossDecoder,
  "LSTM states": recurrentDecoder,
  "merged decoder (If)": mergedDecoder,
  "its first graph alone": firstStepDecoder,
};

const parts = [
  ...["experts of two layers", "experts in 4 bits, two to a byte", "experts in 4 bits, in blocks"],
].map((name) => [name, experts[name]] as const);

const packed = [
  ...["4 bits in blocks: a gated unit", "8 bits in blocks with zero points", "a table of 4 bits"],
  ...["int4 weights with a scale for each column", "uint4 weights in blocks with zero points"],
].map((name) => [name, quantised[name]] as const);

/** The graphs of docs/decoders.md that are made in code: decoders, and what they are made of today. */
export const decoderGraphs = (): [name: string, bytes: Uint8Array][] => [
  ...Object.entries(decoders).map(([name, build]): [string, Uint8Array] => [name, decoderBytes(build)]),
  ...[...parts, ...packed].flatMap(([name, made]): [string, Uint8Array][] =>
    made ? [[name, bytesOf(made)]] : [],
  ),
];

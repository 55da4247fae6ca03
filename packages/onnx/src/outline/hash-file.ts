import { hostHash } from "@prune/graph/advanced";
import type { ModelFile } from "./model-file.js";

/** Read at a time; a multiple of a block. */
const pieceBytes = 1 << 22;
const blockBytes = 64;

/**
 * The sha256 of a file as 64 hex digits, piece by piece: by the host where it can (Node), else by itself (FIPS 180-4), as
 * what browsers have wants all bytes at once, which for models may be gigabytes.
 */
export function hashFile({ size, read }: ModelFile): string {
  const hash = hostHash();
  if (hash) {
    for (let from = 0; from < size; from += pieceBytes)
      hash.update(read(from, Math.min(pieceBytes, size - from)));
    return hash.digest("hex");
  }
  const state = Uint32Array.from(roots, (root) => fraction(Math.sqrt(root)));
  let left: Uint8Array = new Uint8Array();
  for (let from = 0; from < size; from += pieceBytes) {
    const piece = read(from, Math.min(pieceBytes, size - from));
    const whole = piece.length - (piece.length % blockBytes);
    for (let at = 0; at < whole; at += blockBytes) mix(state, piece, at);
    left = piece.subarray(whole);
  }
  const last = new Uint8Array(left.length < blockBytes - 8 ? blockBytes : 2 * blockBytes);
  last.set(left);
  last[left.length] = 0x80;
  new DataView(last.buffer).setBigUint64(last.length - 8, 8n * BigInt(size));
  for (let at = 0; at < last.length; at += blockBytes) mix(state, last, at);
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

const primes: readonly number[] = Array.from({ length: 310 }, (_, i) => i + 2)
  .filter((n) => Array.from({ length: n - 2 }, (_, i) => i + 2).every((d) => n % d !== 0))
  .slice(0, 64);
const roots = primes.slice(0, 8);

/** The first 32 bits after the point. */
const fraction = (value: number): number => Math.floor((value - Math.floor(value)) * 2 ** 32);

const constants: Uint32Array = Uint32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const words = new Uint32Array(64);

/** Mixes a block into the state. */
function mix(state: Uint32Array, bytes: Uint8Array, from: number): void {
  for (let i = 0; i < 16; i++) {
    const at = from + 4 * i;
    words[i] =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
  }
  for (let i = 16; i < 64; i++) {
    const [x, y] = [words[i - 15] as number, words[i - 2] as number];
    const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16] as number) + low + (words[i - 7] as number) + high;
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < 64; i++) {
    const turned = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + turned + ((e & f) ^ (~e & g)) + (constants[i] as number) + (words[i] as number)) | 0;
    const other = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (other + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
  state[4] = (state[4] as number) + e;
  state[5] = (state[5] as number) + f;
  state[6] = (state[6] as number) + g;
  state[7] = (state[7] as number) + h;
}

import { breather } from "../breaths.js";

/** Hashed at a time: some milliseconds. */
const pieceBytes = 1 << 22;

/** A sha256 as 64 hex digits. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const hash = hostHash();
  if (hash) {
    const breathe = breather();
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      hash.update(bytes.subarray(from, from + pieceBytes));
      await breathe();
    }
    return hash.digest("hex");
  }
  const digest = new Uint8Array(
    await globalThis.crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>),
  );
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The sha256 of what it is given piece by piece, by the host; undefined where that has none of the kind, as browsers. */
export const hostHash = (): Hash | undefined =>
  (globalThis as Host).process?.getBuiltinModule?.("node:crypto")?.createHash("sha256");

/** Where it runs in Node (from 20.16 on), whose own hash does not copy the bytes, which may be gigabytes. */
interface Host {
  readonly process?: {
    getBuiltinModule?(name: "node:crypto"): { createHash(algorithm: "sha256"): Hash } | undefined;
  };
}

/** A hash that grows. */
export interface Hash {
  update(bytes: Uint8Array): Hash;
  digest(encoding: "hex"): string;
}

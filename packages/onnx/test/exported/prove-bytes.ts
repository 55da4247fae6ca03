import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mode } from "../../../../tooling/zoo/modes.js";
import { type Outcome, type Proof, prove } from "../../../../tooling/zoo/prove.js";

/** Prunes a model made in code and holds it against the masked original in onnxruntime. */
export async function proveBytes(bytes: Uint8Array, modes: readonly Mode[] = ["channels"]): Promise<Proof> {
  const folder = mkdtempSync(join(tmpdir(), "prune-exported-"));
  try {
    const path = join(folder, "model.onnx");
    writeFileSync(path, bytes);
    return await prove(path, { modes });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a proof must be: exact, by a comparison that says something, with no more than a share of the parameters left. */
export function shortfall({ verdict, why, law, kept }: Outcome | undefined = nothing, most: number): string {
  if (verdict !== "exact" || !law) return `${verdict}: ${why}`;
  if (law.moved < 1e-3) return `vacuous: moved by ${law.moved}`;
  return kept > most ? `keeps ${(100 * kept).toFixed(1)} %` : "";
}

const nothing = { verdict: "none", why: "", kept: 1, law: undefined } as const;

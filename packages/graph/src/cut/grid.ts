/** Survivors of a nested grid: how many children every surviving row keeps at each level. */
export interface GridCounts {
  readonly counts: readonly number[];
  /** `empty`: nothing survives; `irregular`: rows of one level keep different counts. */
  readonly fault: "empty" | "irregular" | undefined;
}

export function gridCounts(ids: Int32Array, sizes: readonly number[], life: Uint8Array): GridCounts {
  let flags = new Uint8Array(ids.length);
  for (let i = 0; i < ids.length; i++) flags[i] = life[ids[i] as number] as number;
  const counts = new Array<number>(sizes.length).fill(0);
  let fault: GridCounts["fault"];
  for (let level = sizes.length - 1; level >= 0; level--) {
    const n = sizes[level] as number;
    const rows = flags.length / n;
    const next = new Uint8Array(rows);
    let same = 0;
    for (let r = 0; r < rows; r++) {
      let kept = 0;
      for (let i = r * n; i < (r + 1) * n; i++) kept += flags[i] as number;
      if (kept === 0) continue;
      next[r] = 1;
      if (same !== 0 && same !== kept) fault = "irregular";
      same = Math.max(same, kept);
    }
    counts[level] = same;
    flags = next;
  }
  if (flags[0] !== 1) fault = "empty";
  return { counts, fault };
}

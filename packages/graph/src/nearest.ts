/** The names that a mistyped one may have meant, nearest first: few edits away, or with the same last part. */
export function nearest(name: string, names: Iterable<string>, most: number = 3): string[] {
  const wanted = name.toLowerCase();
  const limit = Math.max(2, Math.floor(wanted.length * 0.4));
  const found: { readonly name: string; readonly edits: number }[] = [];
  for (const other of names) {
    if (other === "") continue;
    const text = other.toLowerCase();
    const isPart = wanted.length > 2 && (text.includes(wanted) || (text.length > 2 && wanted.includes(text)));
    const edits = Math.abs(text.length - wanted.length) > limit ? limit + 1 : editsBetween(wanted, text);
    if (edits <= limit) found.push({ name: other, edits });
    else if (isPart) found.push({ name: other, edits: limit + Math.abs(text.length - wanted.length) });
  }
  return found
    .sort((a, b) => a.edits - b.edits || a.name.length - b.name.length || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map((one) => one.name);
}

/** Letters to insert, remove, change or swap with their neighbour (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(change, (last[j] as number) + 1, (row[j - 1] as number) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] as number) + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length] as number;
}

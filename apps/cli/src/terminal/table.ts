/** Rows under headings, columns two spaces apart; columns of numbers are set flush right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, c) => Math.max(...all.map((row) => width(row[c] ?? ""))));
  const right = head.map(
    (_, c) => c > 0 && rows.every((row) => /^[^a-z]*\d|^-?$/i.test(plain(row[c] ?? ""))),
  );
  return all
    .map((row) =>
      row
        .map((cell, c) => pad(cell, widths[c] ?? 0, right[c] ?? false))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are
const plain = (text: string): string => text.replace(/\u001b\[\d+m/g, "");
const width = (text: string): number => plain(text).length;

function pad(text: string, to: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, to - width(text)));
  return right ? space + text : text + space;
}

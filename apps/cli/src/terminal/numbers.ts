/** 11,689,512 */
export const count = (n: number): string => n.toLocaleString("en-US");

/** 1.82 G: three digits and a unit; null is not known. */
export function short(n: number | null, unit = ""): string {
  if (n === null) return unit === "" ? "unknown" : `unknown ${unit}`;
  const powers = ["", "k", "M", "G", "T", "P"];
  const power = n < 1000 ? 0 : Math.min(Math.floor(Math.log10(n) / 3), powers.length - 1);
  const text = power === 0 ? String(n) : (n / 1000 ** power).toPrecision(3);
  return `${text} ${powers[power]}${unit}`.trim();
}

/** 12.3 % */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** 12.3 % ± 0.4: a share and its standard error. */
export const plusMinus = (share: { readonly value: number; readonly standardError: number }): string =>
  `${percent(share.value)} ± ${(100 * share.standardError).toFixed(1)}`;

/** -48.2 %: how much less. */
export const change = (before: number | null, after: number | null): string =>
  before === 0 || before === null || after === null
    ? ""
    : `${after > before ? "+" : "-"}${Math.abs(100 * (after / before - 1)).toFixed(1)} %`;

export const milliseconds = (ms: number): string => `${ms < 1 ? ms.toFixed(3) : ms.toFixed(2)} ms`;

export const scientific = (n: number): string => (n === 0 ? "0" : n.toExponential(1));

const units = ["", " k", " M", " G", " T"];

/** A count with three digits and a unit of thousands; null is not known. */
export function shortNumber(value: number | null): string {
  if (value === null) return "unknown";
  let unit = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  const digits = unit === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.max(1, Math.abs(scaled)))));
  return `${scaled.toFixed(digits)}${units[unit]}`;
}

/** A share as text: 0.256 is `26 %`, and below a tenth with one digit more, 0.056 `5.6 %`. */
export const percentText = (share: number): string =>
  `${(100 * share).toFixed(Math.abs(share) < 0.1 && share !== 0 ? 1 : 0)} %`;

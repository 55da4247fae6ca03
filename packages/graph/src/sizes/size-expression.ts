/**
 * The size that an expression such as "past_length + 1", "2*s0" or "(s1 - 1)//2" gives; undefined where it isn't one, or
 * a symbol has no size.
 */
export function evaluate(text: string, sizeOf: (symbol: string) => number | undefined): number | undefined {
  const parts = text.match(/\/\/|[-+*/()]|[\w.]+/g) ?? [];
  if (parts.join("") !== text.replaceAll(/\s/g, "")) return undefined;
  let at = 0;
  const atom = (): number => {
    const part = parts[at++];
    if (part === "(") {
      const value = sum();
      return parts[at++] === ")" ? value : Number.NaN;
    }
    if (part === undefined) return Number.NaN;
    return /^\d+$/.test(part) ? Number(part) : (sizeOf(part) ?? Number.NaN);
  };
  const term = (): number => {
    let value = atom();
    for (let part = parts[at]; part === "*" || part === "/" || part === "//"; part = parts[at]) {
      at++;
      value = part === "*" ? value * atom() : Math.floor(value / atom());
    }
    return value;
  };
  const sum = (): number => {
    let value = term();
    for (let part = parts[at]; part === "+" || part === "-"; part = parts[at]) {
      at++;
      value = part === "+" ? value + term() : value - term();
    }
    return value;
  };
  const value = sum();
  return at === parts.length && Number.isInteger(value) && value >= 0 ? value : undefined;
}

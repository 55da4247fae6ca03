import { readdirSync, readFileSync, writeFileSync } from "node:fs";

interface SourceMap {
  mappings: string;
  names: readonly string[];
  sourcesContent?: readonly string[];
}

/** Keeps one place per source's line in the maps in `dist`: what stacks and breakpoints need, at a quarter of the size. */
export function lineMaps(): void {
  for (const name of readdirSync("dist").filter((file) => file.endsWith(".js.map"))) {
    const map = JSON.parse(readFileSync(`dist/${name}`, "utf8")) as SourceMap;
    writeFileSync(
      `dist/${name}`,
      JSON.stringify({
        ...map,
        names: [],
        sourcesContent: map.sourcesContent?.map(onlyCode),
        mappings: firstOfLines(map.mappings),
      }),
    );
  }
}

/** No code comes from these, and they are in the types of the package: docstrings, interfaces, imports. */
const uncoded = [
  /^[ \t]*\/\*\*[\s\S]*?\*\/[ \t]*$/gm,
  /^(?:export )?interface [\s\S]*?^\}$/gm,
  /^import (?:type )?(?:[\w*{][^;'"]*? from )?"[^"]*";$/gm,
];

/** Only what a debugger stops at; lines of everything else stay, empty. */
const onlyCode = (source: string): string =>
  uncoded.reduce((text, pattern) => text.replace(pattern, (found) => found.replace(/[^\n]+/g, "")), source);

/** A segment is the column, and since the last segment the change of source, line and column there, and of the name. */
function firstOfLines(mappings: string): string {
  const at = [0, 0, 0] as [number, number, number];
  let kept = [0, 0, 0] as [number, number, number];
  return mappings
    .split(";")
    .map((line) => {
      const segments: string[] = [];
      let column = 0;
      let keptColumn = 0;
      for (const segment of line.split(",")) {
        const [move = 0, ...moves] = numbersIn(segment);
        column += move;
        if (moves.length < 3) continue;
        for (let i = 0; i < 3; i++) at[i] = (at[i] as number) + (moves[i] as number);
        if (segments.length > 0 && at[0] === kept[0] && at[1] === kept[1]) continue;
        const changes = at.map((value, i) => value - (kept[i] as number));
        segments.push([column - keptColumn, ...changes].map(encoded).join(""));
        keptColumn = column;
        kept = [...at];
      }
      return segments.join(",");
    })
    .join(";");
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base-64 VLQ: five bits a digit, lowest first, a sixth while more follow; the lowest bit of all is the sign. */
function numbersIn(segment: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = digits.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}

function encoded(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const more = rest > 31;
    text += digits[(rest & 31) | (more ? 32 : 0)];
    rest >>= 5;
  } while (rest > 0);
  return text;
}

import type { Trace } from "@prune/graph";
import { nearest } from "@prune/graph/advanced";
import { PrunerError } from "./errors.js";
import { allNames, namesOf, pattern } from "./names.js";
import { type Part, partsOf } from "./parts.js";
import type { Scope } from "./pools.js";
import type { Ratios } from "./ratios.js";

type Named = Pick<Ratios, "ignore" | "layerRatios" | "headRatios"> & {
  readonly scopes?: Readonly<Record<string, Scope>>;
};

/**
 * Refuses patterns that fit nothing: what was asked for and would not be done. Layers that stay anyway may be ignored; a
 * share of them can't be asked for.
 */
export function checkNames(trace: Trace, options: Named): void {
  const { ignore = [], layerRatios = {}, headRatios = {}, scopes = {} } = options;
  const parts = partsOf(trace);
  const asked: readonly (readonly [string, string, readonly Part[] | undefined])[] = [
    ...ignore.map((text) => ["ignore", text, undefined] as const),
    ...shares(layerRatios).map((text) => ["layerRatios", text, notRows] as const),
    ...shares(headRatios).map((text) => ["headRatios", text, ["rows", "copies"] as const] as const),
    ...Object.values(scopes).flatMap(({ layers }) =>
      layers.map((text) => ["scopes", text, [...notRows, "rows", "copies"] as const] as const),
    ),
  ];
  if (asked.length === 0) return;
  const all = allNames(trace);
  const names = trace.families.map((family) => namesOf(trace, family));
  for (const [option, text, wanted] of asked) {
    const fits = pattern(text);
    if (!wanted && [...all].some(fits)) continue;
    if (wanted && names.some((own, f) => wanted.includes(parts[f] as Part) && own.some(fits))) continue;
    const isThere = [...all].some(fits);
    throw new PrunerError("no-match", {
      option,
      pattern: text,
      why: isThere
        ? nothingLeaves(option, trace, fits)
        : "which fits no layer, tensor or module of this model",
      names: isThere ? [] : nearest(text.replaceAll("*", ""), new Set([...all, ...shortened(all)])),
    });
  }
}

/** Refuses a share of heads, or of query heads, where a model has none that may leave. */
export function checkHeads(
  trace: Trace,
  { heads = 0, queryHeads = 0 }: Pick<Ratios, "heads" | "queryHeads">,
): void {
  if (heads === 0 && queryHeads === 0) return;
  const parts = partsOf(trace);
  if (heads > 0) checkPart(trace, parts, ["rows"], { option: "heads", value: heads });
  if (queryHeads > 0) checkPart(trace, parts, ["copies"], { option: "queryHeads", value: queryHeads });
}

const notRows: readonly Part[] = ["channels", "columns", "numbers"];

const shares = (ratios: Readonly<Record<string, number>>): string[] =>
  Object.entries(ratios).flatMap(([text, share]) => (share > 0 ? [text] : []));

function checkPart(
  trace: Trace,
  parts: readonly Part[],
  wanted: readonly Part[],
  { option, value }: { readonly option: "heads" | "queryHeads"; readonly value: number },
): void {
  if (parts.some((part) => wanted.includes(part))) return;
  const what = option === "heads" ? "heads or groups" : "query heads that share a key and a value";
  throw new PrunerError("bad-option", {
    option,
    value,
    want: `for models with ${what} that may leave, and this one has none${heldRows(trace)}${
      parts.includes("copies") ? "; its query heads may leave" : ""
    }`,
  });
}

/** What holds the heads and groups that a model has: the reason of most of them. */
function heldRows(trace: Trace): string {
  const counts = new Map<string, number>();
  const { units } = trace;
  for (let u = 0; u < units.count; u++) {
    if (units.rows[u] === 0 || units.pins[u] === 0) continue;
    const { text = "", node } = trace.whyStays(u) ?? {};
    const why = node ? `${text} (${node})` : text;
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most ? `: its heads stay, most because ${most[0]}` : "";
}

function nothingLeaves(option: string, trace: Trace, fits: (name: string) => boolean): string {
  if (option === "headRatios") return "which has no heads or groups that may leave";
  const reason = trace.unnamed.find(({ tensor, node }) => fits(tensor) || fits(node));
  const why = reason?.why ?? stays(trace, fits);
  return `of which nothing may leave${why === undefined ? "" : `: ${why}`}`;
}

/** Why units of what fits must stay. */
function stays(trace: Trace, fits: (name: string) => boolean): string | undefined {
  const { units, members } = trace;
  for (let u = 0; u < units.count; u++) {
    if (units.pins[u] === 0) continue;
    let found = false;
    trace.eachPlace(u, (m) => {
      const member = members[m];
      found ||= member !== undefined && member.selector.role !== "in" && fits(member.parameter.tensor);
    });
    if (found) return trace.whyStays(u)?.text;
  }
  return undefined;
}

/** "conv1" of "conv1.weight". */
function* shortened(names: Iterable<string>): Iterable<string> {
  for (const name of names) {
    const at = name.lastIndexOf(".");
    if (at > 0) yield name.slice(0, at);
  }
}

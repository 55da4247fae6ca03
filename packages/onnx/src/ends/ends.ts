import type { ChangedEnd, End } from "@prune/graph/advanced";
import { OnnxError } from "../errors.js";
import type { Graph, ValueInfo } from "../model.js";
import { cachesOf } from "./caches.js";

/**
 * Inputs and outputs whose sizes may follow from what is cut: "cache" for all that a decoder carries from run to run,
 * else names, in which `*` stands for anything.
 */
export type FreeEnds = string | readonly string[];

/**
 * How the shapes of a graph's inputs and outputs are treated. Caches that are not free have their reason.
 * @throws {OnnxError} for a name that fits no input and no output.
 */
export function endsOf(graph: Graph, io: FreeEnds = []): (name: string) => End | undefined {
  const caches = cachesOf(graph).names;
  const names = [...graph.inputs, ...graph.outputs].map(({ name }) => name);
  const free = new Set<string>();
  for (const text of typeof io === "string" ? io.split(",") : io) {
    const wanted = text.trim();
    const fits =
      wanted === "cache" && !names.includes("cache") ? (name: string) => caches.has(name) : glob(wanted);
    const found = names.filter((name) => fits(name) && !graph.initializers.has(name));
    if (found.length === 0) throw new OnnxError("unknown-end", { name: wanted, names });
    for (const name of found) free.add(name);
  }
  return (name) => {
    if (free.has(name)) return "free";
    return caches.has(name)
      ? { why: `cache "${name}" keeps its shape; --io cache would free it` }
      : undefined;
  };
}

function glob(text: string): (name: string) => boolean {
  const body = text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  const expression = new RegExp(`^${body}$`);
  return (name) => expression.test(name);
}

/** New sizes by input and output, where a cut changes what the file declares of them; undefined for a dim that stays. */
export type NewSizes = ReadonlyMap<string, readonly (number | undefined)[]>;

export const newSizes = (changed: readonly Pick<ChangedEnd, "tensor" | "before" | "after">[]): NewSizes =>
  new Map(
    changed.map(({ tensor, before, after }) => [
      tensor,
      after.map((size, i) => (typeof size === "number" && size !== before[i] ? size : undefined)),
    ]),
  );

/** What a file declares of an input or output, with its new sizes; symbols stay symbols. */
export function resized(info: ValueInfo, sizes: readonly (number | undefined)[] | undefined): ValueInfo {
  if (!sizes || !info.shape) return info;
  return { ...info, shape: info.shape.map((dim, i) => (typeof dim === "number" ? (sizes[i] ?? dim) : dim)) };
}

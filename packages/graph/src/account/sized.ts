import { sizeAt } from "../names/dim.js";
import { checkSizes, type OpenSize, sizingOf } from "../sizes/open-sizes.js";
import type { Trace } from "../trace/open-trace.js";
import { countNodes, type Sized } from "./count-nodes.js";
import type { Counting } from "./counting.js";

/** What a model is counted at. */
interface SizedTrace {
  readonly once: Sized;
  /** The same with open sizes twice as large. */
  readonly twice: Sized;
  /** Open sizes that MACs depend on. */
  readonly sizes: readonly OpenSize[];
}

const known = new WeakMap<Counting, SizedTrace>();

/** Sizes to count a trace at, chosen once. Refuses sizes that were given for what the model doesn't leave open. */
export function sizedBy(trace: Trace, counting: Counting): SizedTrace {
  const before = known.get(counting);
  if (before) return before;
  const { inputs, at, batch } = counting;
  const sizing = sizingOf(inputs, at, ({ sizeOf }) =>
    trace.equalSizes.every(([a, b]) => {
      const [x, y] = [sizeAt(a, sizeOf), sizeAt(b, sizeOf)];
      return x === undefined || y === undefined || x === y;
    }),
  );
  const asked = new Set<string>();
  const noted = (name: string): number | undefined => {
    asked.add(name);
    return sizing.sizeOf(name);
  };
  // Dims that sizes of the inputs don't decide may be given as well.
  for (const dim of openDims(trace)) sizeAt(dim, noted);
  checkSizes(at.sizes ?? {}, inputs, asked);
  asked.clear();
  countNodes(trace, counting, sized(noted));
  const isStated = (name: string): boolean =>
    sizing.sizeOf(name) !== undefined &&
    name !== batch &&
    !(sizing.isBatch(name) && sizing.stated(name).from === "assumed");
  const made: SizedTrace = {
    once: sized(sizing.sizeOf),
    twice: sized(sizing.twiceOf),
    sizes: [...asked].filter(isStated).map(sizing.stated),
  };
  known.set(counting, made);
  return made;
}

function sized(sizeOf: (name: string) => number | undefined): Sized {
  const sizes = new Map<string, number | undefined>();
  return {
    samples: (name) => sizeOf(name) ?? 1,
    sizeOf(dim) {
      if (typeof dim === "number") return dim;
      if (!sizes.has(dim)) sizes.set(dim, sizeAt(dim, sizeOf));
      return sizes.get(dim);
    },
  };
}

function openDims({ tensors }: Trace): Set<string> {
  const found = new Set<string>();
  for (const { layout } of tensors.values())
    for (const size of layout?.factors ?? []) if (typeof size === "string") found.add(size);
  return found;
}

import type { Kept } from "@prune/graph/advanced";
import type { Fit } from "@prune/recovery";
import { type LogitProducts, type Picked, pickedOf } from "@prune/recovery/advanced";
import type { SidesDims } from "../recovery/alike.js";
import type { OrtTwins } from "../recovery/twins.js";
import type { Moved } from "./channels.js";
import { emitProducts, productsIn } from "./emit-products.js";
import { probedPlaces } from "./probed-places.js";
import type { Product } from "./products.js";

/** One head: which channels its queries and keys are, and what samples say. */
export interface Head {
  readonly queries: Int32Array;
  readonly keys: Int32Array;
  readonly samples: LogitProducts[];
}

/** Weights of the layer that a product is complete with, and how many batches are looked at. */
export interface Trial {
  readonly layer: string;
  readonly fits: readonly Fit[];
  readonly bias: boolean;
  readonly batches: number;
}

/** What is left of the leading dims of a product's operands, where heads left; undefined where that isn't known. */
export function leadingOf(
  { queries: { tensor } }: Product,
  { dense, pruned }: SidesDims,
  kept: Kept,
): readonly Picked[] | undefined {
  const leading = (dims: readonly number[]): readonly number[] => dims.slice(0, -2);
  const [before, after] = [leading(dense.of(tensor, 0)), leading(pruned.of(tensor, 0))];
  return pickedOf(before, after, (axis) => kept(tensor, axis));
}

/** Gathers the products of each head, sample by sample. */
export async function gatherHeads(
  twins: OrtTwins,
  product: Product,
  { layer, fits, bias, batches }: Trial,
  { picked, dims }: { readonly picked: readonly Picked[]; readonly dims: SidesDims["pruned"] },
): Promise<Head[]> {
  const { queries, keys } = product;
  const heads = new Map<string, Head>();
  await twins.peek([queries.tensor, keys.tensor], layer, fits, {
    batches,
    study: (names) => ({
      build: (graph) => emitProducts(graph, product, names, { bias, picked }),
      feeds: () => ({}),
      take(outputs, b) {
        const queriesAt = probedPlaces(queries, dims.of(queries.tensor, b));
        const keysAt = probedPlaces(keys, dims.of(keys.tensor, b));
        // Of other sizes than what was probed, with heads that can't be distinguished from samples.
        if (!queriesAt || !keysAt) return;
        let place = 0;
        for (const products of productsIn(outputs, product, bias)) {
          const from = channelsAt(queries, queriesAt[place] as number, false);
          const to = channelsAt(keys, keysAt[place] as number, true);
          const key = `${from} ${to}`;
          const head = heads.get(key) ?? { queries: from, keys: to, samples: [] };
          heads.set(key, head);
          head.samples.push(products);
          place++;
        }
      },
    }),
  });
  return [...heads.values()];
}

/** Channels of the matrix that begins at a cell of the probe, by column or by row. */
function channelsAt({ dims, channels }: Moved, start: number, byRow: boolean): Int32Array {
  const [rows, columns] = dims.slice(-2) as [number, number];
  return Int32Array.from(
    { length: byRow ? rows : columns },
    (_, i) => channels[start + (byRow ? i * columns : i)] as number,
  );
}

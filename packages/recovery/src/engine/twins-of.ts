import type { Fit } from "../fit.js";
import type { ReadBy } from "../through-reader.js";
import type { Clipped, Observed, Skipped, Twins } from "../twins.js";

/** A layer as the samples reach it, for as long as it is fitted. */
export interface Sight {
  readonly observed: Observed;
  /** What fits of a layer that clips do behind the nonlinearity. */
  clipped?(fits: readonly Fit[]): Promise<Clipped>;
  /** The layer with the one that alone reads it. */
  readBy?(): ReadBy;
  /** Lets go of what was kept of it. */
  dispose?(): void;
}

/** A dense net and one cut from it, layer by layer: what a runtime does for the engine. */
export interface NetPair<Model, L, S extends Sight = Sight> {
  readonly plan: { readonly layers: readonly L[]; readonly skipped: readonly Skipped[] };
  /** A layer's name in reports. */
  nameOf(layer: L): string;
  /** Runs both nets to a layer on all samples, once for each layer and in order. */
  look(layer: L): Promise<S>;
  /** Whether fits still do better once they are in the model's number formats; they do without this. */
  holds?(layer: L, fits: readonly Fit[], sight: S): Promise<boolean>;
  /** Goes on with other weights of a layer. */
  assign(layer: L, fits: readonly Fit[]): void;
  /** The pruned model with all weights that were assigned. */
  model(): Model;
}

/** Twins whose layer in sight can be let go of. */
export interface OpenTwins<Model> extends Twins<Model> {
  dispose(): void;
}

/** The two nets as `recover` walks them: one layer is in sight at a time. */
export function twinsOf<Model, L, S extends Sight>(pair: NetPair<Model, L, S>): OpenTwins<Model> {
  const { layers, skipped } = pair.plan;
  const byName = new Map(layers.map((layer) => [pair.nameOf(layer), layer]));
  const layerOf = (name: string): L => byName.get(name) as L;
  let current: { readonly name: string; readonly sight: S } | undefined;
  const sightOf = (name: string): S => {
    if (current?.name !== name) throw new RangeError(`layer "${name}" is not the one observed last`);
    return current.sight;
  };
  const dispose = (): void => {
    current?.sight.dispose?.();
    current = undefined;
  };
  const { holds } = pair;
  return {
    layers: [...byName.keys()],
    skipped,
    async observe(name) {
      dispose();
      const sight = await pair.look(layerOf(name));
      current = { name, sight };
      return sight.observed;
    },
    async clipped(name, fits) {
      const { clipped } = sightOf(name);
      if (!clipped) throw new RangeError(`layer "${name}" is not fitted behind a clip`);
      return clipped(fits);
    },
    readBy: (name) => (current?.name === name ? current.sight.readBy?.() : undefined),
    ...(holds && { holds: (name, fits) => holds(layerOf(name), fits, sightOf(name)) }),
    async accept(name, fits) {
      if (fits) pair.assign(layerOf(name), fits);
      dispose();
    },
    model: () => pair.model(),
    dispose,
  };
}

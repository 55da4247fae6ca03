/** A node with the tensors that it reads and makes. */
export interface WalkNode {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A network that is run stretch by stretch over batches of samples. */
export interface Walking<N extends WalkNode, V> {
  /** In the order that they run. */
  readonly nodes: readonly N[];
  /** What each batch is fed. */
  readonly fed: readonly ReadonlyMap<string, V>[];
  /** All tensors that will be asked for, as often as they will be. */
  readonly wanted: Iterable<string>;
  /** Bytes of activations that may be held. */
  readonly held: number;
  bytesOf(value: V): number;
  /** The nodes that lead from what is held to some tensors. */
  way(held: { has(tensor: string): boolean }, tensors: readonly string[]): Iterable<N>;
  /** A node that is run again whenever it is needed, with its outputs never held. */
  again(node: N): boolean;
  /** A value that is not held any more. */
  release?(value: V): void;
}

/**
 * What is held of a network between two stretches. What all batches need to go on from is held as long as it fits a number
 * of bytes; where it doesn't, the next stretch begins further back and runs again what was let go.
 */
export interface Walk<N, V> {
  /** The stretch to some tensors, each asked for as often as was announced. */
  to(tensors: readonly string[]): Stretch<N, V>;
  /** Nodes that make tensors of what is held; nothing goes on from there. */
  way(tensors: readonly string[]): ReadonlySet<N>;
  /** What is held of a batch. */
  at(batch: number): ReadonlyMap<string, V>;
  dispose(): void;
}

/** One stretch, to be run once with every batch in order. */
export interface Stretch<N, V> {
  readonly running: ReadonlySet<N>;
  /** Tensors that it makes and that the network goes on from; none once it is known that they don't fit. */
  carried(): readonly string[];
  /** Takes what a batch made of those. */
  take(batch: number, made: ReadonlyMap<string, V>): void;
  /** All batches have run. */
  close(): void;
}

/** Opens a walk over a network, with what it is fed held and nothing run yet. */
export function openWalk<N extends WalkNode, V>(walking: Walking<N, V>): Walk<N, V> {
  const { nodes, held: most, again, bytesOf, release = () => {} } = walking;
  const held = [...walking.fed];
  const fed = new Set(walking.fed[0]?.keys());
  const pending = new Map<string, number>();
  for (const name of walking.wanted) pending.set(name, (pending.get(name) ?? 0) + 1);
  /** Nodes that have run for good. */
  const done = new Set<N>();

  /** Names that nodes still to run read, or that will be asked for. */
  const openAfter = (running: ReadonlySet<N>): ReadonlySet<string> => {
    const open = new Set(pending.keys());
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i] as N;
      const isToRun = again(node)
        ? node.outputs.some((name) => open.has(name))
        : !running.has(node) && !done.has(node);
      if (isToRun) for (const name of node.inputs) open.add(name);
    }
    return open;
  };

  const ask = (tensors: readonly string[]): void => {
    for (const name of tensors) {
      const left = (pending.get(name) ?? 0) - 1;
      if (left < 0) throw new RangeError(`tensor "${name}" was not announced`);
      if (left > 0) pending.set(name, left);
      else pending.delete(name);
    }
  };

  const way = (tensors: readonly string[]): ReadonlySet<N> =>
    new Set(walking.way({ has: (name) => held[0]?.has(name) ?? false }, tensors));

  /** Lets go of what a batch had and has no more. */
  const replace = (batch: number, after: ReadonlyMap<string, V>): void => {
    for (const [name, value] of held[batch] ?? [])
      if (!fed.has(name) && after.get(name) !== value) release(value);
    held[batch] = after;
  };

  return {
    way,
    at: (batch) => held[batch] as ReadonlyMap<string, V>,
    to(tensors) {
      ask(tensors);
      const running = way(tensors);
      const open = openAfter(running);
      // Nothing needs to go on from here where no tensor will be asked for any more.
      let goesOn = pending.size === 0 ? false : undefined;
      const carried = [...running].flatMap((node) =>
        again(node) ? [] : node.outputs.filter((name) => name !== "" && open.has(name)),
      );
      return {
        running,
        carried: () => (goesOn === false ? [] : carried),
        take(batch, made) {
          if (goesOn === false) return;
          const after = new Map(carried.map((name) => [name, made.get(name) as V]));
          for (const [name, value] of held[batch] ?? []) if (open.has(name)) after.set(name, value);
          goesOn ??= held.length * bytesIn(after) <= most;
          if (goesOn) replace(batch, after);
          else for (const name of carried) release(made.get(name) as V);
        },
        close() {
          if (goesOn) for (const node of running) if (!again(node)) done.add(node);
        },
      };
    },
    dispose() {
      for (const batch of held.keys()) replace(batch, new Map());
    },
  };

  function bytesIn(values: ReadonlyMap<string, V>): number {
    let bytes = 0;
    for (const [name, value] of values) if (!fed.has(name)) bytes += bytesOf(value);
    return bytes;
  }
}

/** A hash table from unordered pairs of ids to ids, flat: one per graph holds hundreds of thousands. */
export interface PairTable {
  /** The id of a pair with x < y; undefined when it has none. */
  get(x: number, y: number): number | undefined;
  /** Gives a pair that has none an id above 0. */
  set(x: number, y: number, id: number): void;
}

export function createPairTable(): PairTable {
  let size = 0;
  let mask = (1 << 10) - 1;
  /** Three numbers for each slot: x, y and the id, which is 0 where the slot is free. */
  let slots = new Int32Array(3 * (mask + 1));

  const slotOf = (x: number, y: number): number => {
    let h = Math.imul(x, 0x9e3779b1) ^ Math.imul(y, 0x85ebca6b);
    h ^= h >>> 15;
    for (let i = h & mask; ; i = (i + 1) & mask) {
      const at = 3 * i;
      if (slots[at + 2] === 0 || (slots[at] === x && slots[at + 1] === y)) return at;
    }
  };
  const put = (x: number, y: number, id: number): void => {
    const at = slotOf(x, y);
    slots[at] = x;
    slots[at + 1] = y;
    slots[at + 2] = id;
  };
  const grow = (): void => {
    const old = slots;
    mask = 2 * mask + 1;
    slots = new Int32Array(3 * (mask + 1));
    for (let at = 0; at < old.length; at += 3)
      if (old[at + 2] !== 0) put(old[at] as number, old[at + 1] as number, old[at + 2] as number);
  };

  return {
    get(x, y) {
      const id = slots[slotOf(x, y) + 2] as number;
      return id === 0 ? undefined : id;
    },
    set(x, y, id) {
      if (2 * ++size > mask) grow();
      put(x, y, id);
    },
  };
}

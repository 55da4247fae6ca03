import type { NetworkBlock } from "../blocks.js";
import type { Picture } from "../picture.js";

/** What a node or block adds up to. */
export interface Amounts {
  /** null where those of some node can't be told. */
  readonly macs: number | null;
  readonly macsAfter: number | null;
  readonly weights: number;
  readonly weightsAfter: number;
  /** Nodes with parameters that can't shrink along some axis. */
  readonly frozen: number;
  readonly nodes: number;
}

const none: Amounts = { macs: 0, macsAfter: 0, weights: 0, weightsAfter: 0, frozen: 0, nodes: 0 };

const sum = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);

/** Amounts of every node and block of a picture, each added up once. */
export function amountsOf(picture: Picture, root: NetworkBlock): (child: number | NetworkBlock) => Amounts {
  const known = new Map<NetworkBlock, Amounts>();
  const of = (child: number | NetworkBlock): Amounts => {
    if (typeof child === "number") {
      const node = picture.nodes[child];
      if (!node) return none;
      const { macs, macsAfter, weights, weightsAfter, frozen } = node;
      return { macs, macsAfter, weights, weightsAfter, frozen: frozen.length > 0 ? 1 : 0, nodes: 1 };
    }
    const found = known.get(child);
    if (found) return found;
    const whole = child.children.reduce<Amounts>((all, inner) => {
      const own = of(inner);
      return {
        macs: sum(all.macs, own.macs),
        macsAfter: sum(all.macsAfter, own.macsAfter),
        weights: all.weights + own.weights,
        weightsAfter: all.weightsAfter + own.weightsAfter,
        frozen: all.frozen + own.frozen,
        nodes: all.nodes + own.nodes,
      };
    }, none);
    known.set(child, whole);
    return whole;
  };
  of(root);
  return of;
}

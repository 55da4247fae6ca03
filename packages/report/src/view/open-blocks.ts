import type { NetworkBlock } from "../blocks.js";

/** A block alone in its parent is opened at once: it would only hide what is in it. */
export function firstOpen(root: NetworkBlock): string[] {
  const blocks = root.children.filter((child): child is NetworkBlock => typeof child !== "number");
  const [only] = blocks;
  if (!only || blocks.length > 1 || only.size < 0.6 * root.size) return [];
  return [only.path, ...firstOpen(only)];
}

/** The blocks around each node, outermost first. */
export function parentsOf(root: NetworkBlock): ReadonlyMap<number, readonly NetworkBlock[]> {
  const found = new Map<number, readonly NetworkBlock[]>();
  const visit = (block: NetworkBlock, around: readonly NetworkBlock[]): void => {
    for (const child of block.children)
      if (typeof child === "number") found.set(child, around);
      else visit(child, [...around, child]);
  };
  visit(root, []);
  return found;
}

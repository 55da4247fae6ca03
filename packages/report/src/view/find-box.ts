import type { NetworkBlock } from "../blocks.js";
import type { Box, Inside } from "./nested-layout.js";

/** The box of a node or a block, where it is seen. */
export function boxIn({ boxes }: Inside, of: number | NetworkBlock): Box | undefined {
  for (const box of boxes) {
    if (box.of === of) return box;
    const inner = box.inside && boxIn(box.inside, of);
    if (inner) return inner;
  }
  return undefined;
}

/** The innermost box at a point. */
export function boxAt({ boxes }: Inside, x: number, y: number): Box | undefined {
  for (const box of boxes) {
    if (x < box.x || y < box.y || x > box.x + box.width || y > box.y + box.height) continue;
    return (box.inside && boxAt(box.inside, x, y)) ?? box;
  }
  return undefined;
}

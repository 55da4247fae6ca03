/** A part of a network: nodes and smaller blocks, in the order in which the network runs them. */
export interface NetworkBlock {
  /** Its own name, without those of the blocks around it; empty for the whole network. */
  readonly name: string;
  /** The names of all blocks around it and its own, joined by `/`: unique in a network. */
  readonly path: string;
  /** Places of nodes, and blocks. */
  readonly children: readonly (number | NetworkBlock)[];
  /** Nodes in it and in all blocks inside. */
  readonly size: number;
}

/** More children than this are shown in blocks of neighbours: a picture of a thousand boxes in a row shows nothing. */
const most = 48;

/**
 * The blocks of a network by the paths of its nodes. Nodes of one path are one block, also where others run between
 * them; a block of a single child is that child; neighbours without names are put together where there are too many.
 */
export function blocksOf(paths: readonly (readonly string[])[]): NetworkBlock {
  return blockOf("", "", [...paths.keys()], paths, 0);
}

function blockOf(
  name: string,
  path: string,
  nodes: readonly number[],
  paths: readonly (readonly string[])[],
  depth: number,
): NetworkBlock {
  const children: (number | { name: string; nodes: number[] })[] = [];
  const byName = new Map<string, { name: string; nodes: number[] }>();
  for (const node of nodes) {
    const own = paths[node]?.[depth];
    if (own === undefined) {
      children.push(node);
      continue;
    }
    const known = byName.get(own);
    if (known) known.nodes.push(node);
    else {
      const made = { name: own, nodes: [node] };
      byName.set(own, made);
      children.push(made);
    }
  }
  const only = children[0];
  if (children.length === 1 && typeof only === "object" && depth > 0)
    return blockOf(`${name}/${only.name}`, `${path}/${only.name}`, nodes, paths, depth + 1);
  const inner = children.map((child) => {
    if (typeof child === "number") return child;
    const [single] = child.nodes;
    if (child.nodes.length === 1 && single !== undefined) return single;
    return blockOf(
      child.name,
      path === "" ? child.name : `${path}/${child.name}`,
      child.nodes,
      paths,
      depth + 1,
    );
  });
  return { name, path, children: gathered(inner, path), size: nodes.length };
}

const sizeOf = (child: number | NetworkBlock): number => (typeof child === "number" ? 1 : child.size);

/** Neighbours in blocks of about the square root of their number. */
function gathered(
  children: readonly (number | NetworkBlock)[],
  path: string,
): readonly (number | NetworkBlock)[] {
  if (children.length <= most) return children;
  const each = Math.max(12, Math.ceil(Math.sqrt(children.length)));
  const parts: NetworkBlock[] = [];
  for (let from = 0; from < children.length; from += each) {
    const some = children.slice(from, from + each);
    const name = `${from + 1} to ${from + some.length}`;
    parts.push({
      name,
      path: `${path}/${name}`,
      children: some,
      size: some.reduce<number>((sum, child) => sum + sizeOf(child), 0),
    });
  }
  return gathered(parts, path);
}

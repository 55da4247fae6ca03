import dagre from "@dagrejs/dagre";
import type { NetworkBlock } from "../blocks.js";

/** A box of a laid-out picture, in the coordinates of the whole: x to the right, y down, in pixels at scale 1. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The place of a node, or a block. */
  readonly of: number | NetworkBlock;
  /** Of an open block: the boxes in it and the lines between them. */
  readonly inside?: Inside;
}

/** What is drawn in a block: boxes, and the lines between them. */
export interface Inside {
  readonly boxes: readonly Box[];
  /** Points of each line, x and y by turns; in the coordinates of the whole. */
  readonly lines: readonly Float32Array[];
}

/** Where everything of a picture lies, and how large it is, in the units of `LayoutOptions.widthOf`. */
export interface PictureLayout extends Inside {
  readonly width: number;
  readonly height: number;
}

/** What a layout depends on besides the graph: which blocks are open, and how wide text is. */
export interface LayoutOptions {
  /** Whether a block shows what is in it. */
  readonly isOpen: (block: NetworkBlock) => boolean;
  /** How wide the box of a node or a closed block has to be for its text. */
  readonly widthOf: (child: number | NetworkBlock) => number;
}

/** All that a layout is made of, as plain data that crosses to a worker. */
export interface LayoutRequest {
  readonly root: NetworkBlock;
  readonly edges: readonly (readonly [number, number])[];
  /** Paths of the blocks that show what is in them. */
  readonly open: ReadonlySet<string>;
  /** How wide the text needs the box of every child of an open block to be, by its place or path. */
  readonly widths: ReadonlyMap<number | string, number>;
}

/** What a layout takes, texts measured: of what is not seen nothing is. */
export function requestOf(
  root: NetworkBlock,
  edges: LayoutRequest["edges"],
  open: ReadonlySet<string>,
  widthOf: LayoutOptions["widthOf"],
): LayoutRequest {
  const widths = new Map<number | string, number>();
  const visit = ({ children }: NetworkBlock): void => {
    for (const child of children) {
      widths.set(typeof child === "number" ? child : child.path, widthOf(child));
      if (typeof child !== "number" && open.has(child.path)) visit(child);
    }
  };
  visit(root);
  return { root, edges, open: new Set(open), widths };
}

/** The layout that a view asks for, wherever it is made: `of` of its boxes are blocks of the request's `root`. */
export const layOutAsked = ({ root, edges, open, widths }: LayoutRequest): PictureLayout =>
  layOut(root, edges, {
    isOpen: ({ path }) => open.has(path),
    widthOf: (child) => widths.get(typeof child === "number" ? child : child.path) ?? 0,
  });

/** A layout that comes from elsewhere, with the blocks of a root at hand in place of their copies. */
export function withBlocksOf(root: NetworkBlock, layout: PictureLayout): PictureLayout {
  const blocks = new Map<string, NetworkBlock>();
  const visit = (block: NetworkBlock): void => {
    blocks.set(block.path, block);
    for (const child of block.children) if (typeof child !== "number") visit(child);
  };
  visit(root);
  const own = ({ boxes, lines }: Inside): Inside => ({
    boxes: boxes.map(({ of, inside, ...box }) => ({
      ...box,
      of: typeof of === "number" ? of : (blocks.get(of.path) ?? of),
      ...(inside && { inside: own(inside) }),
    })),
    lines,
  });
  return { width: layout.width, height: layout.height, ...own(layout) };
}

const heightOf = (child: number | NetworkBlock): number => (typeof child === "number" ? 30 : 46);
const padding = { side: 16, top: 34, bottom: 16 };

/** A laid-out block in coordinates of its own. */
interface Plan {
  readonly width: number;
  readonly height: number;
  readonly places: readonly {
    readonly of: number | NetworkBlock;
    readonly x: number;
    readonly y: number;
    readonly plan: Plan | undefined;
    readonly width: number;
    readonly height: number;
  }[];
  readonly lines: readonly Float32Array[];
}

/**
 * Lays out a network block by block, inner ones first, layer by layer from top to bottom (Gansner et al. 1993, by
 * dagre). A line is drawn in the innermost block that holds both of its ends, so that the cost grows with the open
 * blocks alone.
 */
export function layOut(
  root: NetworkBlock,
  edges: readonly (readonly [number, number])[],
  { isOpen, widthOf }: LayoutOptions,
): PictureLayout {
  const shown = edgesByBlock(root, edges);
  const plan = (block: NetworkBlock): Plan => {
    const graph = new dagre.graphlib.Graph();
    graph.setGraph({
      rankdir: "TB",
      nodesep: 18,
      ranksep: 26,
      edgesep: 8,
      marginx: 0,
      marginy: 0,
      ranker: "longest-path",
    });
    graph.setDefaultEdgeLabel(() => ({}));
    const plans = block.children.map((child) =>
      typeof child !== "number" && isOpen(child) ? plan(child) : undefined,
    );
    block.children.forEach((child, i) => {
      const inner = plans[i];
      const width = inner ? inner.width : widthOf(child);
      graph.setNode(String(i), { width, height: inner ? inner.height : heightOf(child) });
    });
    for (const [a, b] of shown.get(block.path) ?? []) graph.setEdge(String(a), String(b));
    dagre.layout(graph);
    const { width = 0, height = 0 } = graph.graph();
    const places = block.children.map((of, i) => {
      const { x, y, width: w, height: h } = graph.node(String(i));
      return {
        of,
        x: x - w / 2 + padding.side,
        y: y - h / 2 + padding.top,
        width: w,
        height: h,
        plan: plans[i],
      };
    });
    const lines = graph.edges().map((edge) => {
      const { points } = graph.edge(edge) as { points: readonly { x: number; y: number }[] };
      return Float32Array.from(points.flatMap(({ x, y }) => [x + padding.side, y + padding.top]));
    });
    const least = typeof block === "object" && block.path !== "" ? widthOf(block) : 0;
    return {
      width: Math.max(width + 2 * padding.side, least),
      height: height + padding.top + padding.bottom,
      places,
      lines,
    };
  };
  const whole = plan(root);
  return { width: whole.width, height: whole.height, ...placed(whole, 0, 0) };
}

function placed({ places, lines }: Plan, dx: number, dy: number): Inside {
  return {
    boxes: places.map(({ of, x, y, width, height, plan }) => ({
      of,
      x: x + dx,
      y: y + dy,
      width,
      height,
      ...(plan && { inside: placed(plan, x + dx, y + dy) }),
    })),
    lines: lines.map((points) => points.map((value, i) => value + (i % 2 === 0 ? dx : dy))),
  };
}

/** By block, pairs of its children between which some edge of the network runs. */
function edgesByBlock(
  root: NetworkBlock,
  edges: readonly (readonly [number, number])[],
): ReadonlyMap<string, readonly (readonly [number, number])[]> {
  const trails = new Map<number, { block: NetworkBlock; child: number }[]>();
  const visit = (block: NetworkBlock, trail: readonly { block: NetworkBlock; child: number }[]): void => {
    block.children.forEach((child, i) => {
      const next = [...trail, { block, child: i }];
      if (typeof child === "number") trails.set(child, next);
      else visit(child, next);
    });
  };
  visit(root, []);
  const found = new Map<string, Map<number, readonly [number, number]>>();
  for (const [a, b] of edges) {
    const [from, to] = [trails.get(a) ?? [], trails.get(b) ?? []];
    let depth = 0;
    while (
      from[depth] &&
      to[depth] &&
      from[depth]?.block === to[depth]?.block &&
      from[depth]?.child === to[depth]?.child
    )
      depth++;
    const [x, y] = [from[depth], to[depth]];
    if (!x || !y || x.block !== y.block) continue;
    const list = found.get(x.block.path) ?? new Map<number, readonly [number, number]>();
    list.set(x.child * x.block.children.length + y.child, [x.child, y.child]);
    found.set(x.block.path, list);
  }
  return new Map([...found].map(([path, pairs]) => [path, [...pairs.values()]]));
}

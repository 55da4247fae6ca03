/// <reference lib="dom" />
import { blocksOf, type NetworkBlock } from "../blocks.js";
import type { Picture } from "../picture.js";
import { amountsOf } from "./amounts.js";
import { type ColourBy, type Shade, shadeBy } from "./colours.js";
import { bold, drawInside, type Lit, longestDetail, themeOf } from "./draw.js";
import { boxAt, boxIn } from "./find-box.js";
import { listen } from "./gestures.js";
import { createLaying } from "./laying.js";
import { type Box, type LayoutRequest, type PictureLayout, requestOf } from "./nested-layout.js";
import { firstOpen, parentsOf } from "./open-blocks.js";

/** What a graph view reports, colours by, and lays out with. */
export interface GraphViewOptions {
  /** Called with the place of a node or a block that was chosen; undefined when nothing is any more. */
  readonly onSelect?: (chosen: number | NetworkBlock | undefined) => void;
  readonly colourBy?: ColourBy;
  /**
   * Lays out elsewhere, such as in a worker that calls `layOutAsked`; the canvas is `aria-busy` meanwhile. Where it fails,
   * and where it is not given, the view lays out by itself at once.
   */
  readonly layOut?: (asked: LayoutRequest) => Promise<PictureLayout>;
}

/** A network on a canvas: blocks that open and close, colours, a lit-up group. */
export interface GraphView {
  readonly root: NetworkBlock;
  /** Shows another picture of the same network, such as one after a cut; what is open and where one looks stay. */
  show(picture: Picture): void;
  colourBy(by: ColourBy, sensitivity?: ReadonlyMap<number, number>): void;
  /** Lights up nodes wave by wave and dims the others; undefined ends that. Opens blocks until every lit node is seen. */
  light(nodes: ReadonlyMap<number, Lit> | undefined): void;
  select(node: number): void;
  /** Opens every block, or closes all but the outermost. */
  openAll(open: boolean): void;
  /** Brings the whole network, or a node, into view. */
  fit(node?: number): void;
  zoom(factor: number): void;
  pan(dx: number, dy: number): void;
  /** The picture as it is seen, as a PNG's data URL. */
  snapshot(): string;
  destroy(): void;
}

const waveMilliseconds = 110;
/** Where titles can still be read. */
const leastScale = 0.5;

/**
 * Draws a picture on a canvas and follows the pointer on it: blocks open and close, nodes are chosen.
 */
export function createGraphView(
  canvas: HTMLCanvasElement,
  first: Picture,
  { onSelect, colourBy = "parameters", layOut: elsewhere }: GraphViewOptions = {},
): GraphView {
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const root = blocksOf(first.nodes.map(({ path }) => path));
  const parents = parentsOf(root);
  let picture = first;
  let by = colourBy;
  let sensitivity: ReadonlyMap<number, number> | undefined;
  let of = amountsOf(picture, root);
  let shade: Shade = shadeBy(by, { of, root });
  const open = new Set<string>(firstOpen(root));
  let lit: ReadonlyMap<number, Lit> | undefined;
  let litSince = 0;
  let chosen: number | NetworkBlock | undefined;
  let frame = 0;
  const view = { x: 0, y: 0, scale: 1 };
  const widths = new Map<string, number>();

  const textWidth = (text: string): number => {
    const known = widths.get(text);
    if (known !== undefined) return known;
    context.font = bold;
    const width = context.measureText(text).width;
    widths.set(text, width);
    return width;
  };
  const titleOf = (child: number | NetworkBlock): string =>
    typeof child === "number" ? (picture.nodes[child]?.op ?? "") : child.name;
  const widthOf = (child: number | NetworkBlock): number => {
    const own = textWidth(titleOf(child)) + 28;
    if (typeof child === "number") return Math.max(72, own);
    return Math.max(132, own + 24, textWidth(longestDetail(of(child))) + 24);
  };
  const request = (): LayoutRequest => requestOf(root, picture.edges, open, widthOf);
  const laying = createLaying({ canvas, root, request, elsewhere });
  const { lay, whenLaid } = laying;

  const size = (): { width: number; height: number } => ({
    width: canvas.clientWidth,
    height: canvas.clientHeight,
  });

  const fitBox = (box: { x: number; y: number; width: number; height: number }, most = 1.4): void => {
    const { width, height } = size();
    const scale = Math.min(most, (width - 32) / box.width, (height - 32) / box.height);
    view.scale = Math.max(0.02, scale);
    view.x = width / 2 - (box.x + box.width / 2) * view.scale;
    view.y = height / 2 - (box.y + box.height / 2) * view.scale;
  };

  /** The whole, or its top where the whole would be too small to read. */
  const fitWhole = (): void => {
    const { width, height } = size();
    const whole = { x: 0, y: 0, width: laying.layout.width, height: laying.layout.height };
    fitBox(whole);
    if (view.scale < 0.3) {
      view.scale = Math.min(1, Math.max(0.3, (width - 32) / laying.layout.width));
      view.x = width / 2 - (laying.layout.width / 2) * view.scale;
      view.y = 12;
    }
    if (height === 0) view.scale = 1;
  };

  const boxOf = (of: number | NetworkBlock): Box | undefined => boxIn(laying.layout, of);

  /** Brings some nodes into view: all of them, or as many of the first as can be read together. */
  const show = (nodes: readonly number[]): void => {
    const { width, height } = size();
    const around = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    let fits: { x: number; y: number; width: number; height: number } | undefined;
    for (const node of nodes) {
      const box = boxOf(node);
      if (!box) continue;
      around.left = Math.min(around.left, box.x - 40);
      around.top = Math.min(around.top, box.y - 60);
      around.right = Math.max(around.right, box.x + box.width + 80);
      around.bottom = Math.max(around.bottom, box.y + box.height + 40);
      const { left: x, top: y } = around;
      const next = { x, y, width: around.right - x, height: around.bottom - y };
      if (fits && Math.min(width / next.width, height / next.height) < leastScale) break;
      fits = next;
    }
    if (fits) fitBox(fits, 1.2);
  };

  const reveal = (nodes: Iterable<number>): boolean => {
    const before = open.size;
    for (const node of nodes) for (const block of parents.get(node) ?? []) open.add(block.path);
    return open.size !== before;
  };

  const draw = (): void => {
    frame = 0;
    const { width, height } = size();
    const ratio = globalThis.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const theme = themeOf(canvas);
    const wave = lit ? (performance.now() - litSince) / waveMilliseconds : 0;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, width, height);
    context.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    const seen = {
      left: -view.x / view.scale,
      top: -view.y / view.scale,
      right: (width - view.x) / view.scale,
      bottom: (height - view.y) / view.scale,
    };
    drawInside(context, laying.layout, seen, {
      theme,
      scale: view.scale,
      wave,
      lit,
      chosen,
      shade,
      of,
      titleOf,
      picture,
    });
    const last = lit ? Math.max(0, ...Array.from(lit.values(), (one) => one.wave)) : 0;
    if (lit && wave < last + 1) schedule();
  };
  const schedule = (): void => {
    if (frame === 0) frame = requestAnimationFrame(draw);
  };

  const at = (x: number, y: number): Box | undefined =>
    boxAt(laying.layout, (x - view.x) / view.scale, (y - view.y) / view.scale);

  /** Opens or closes a block and keeps its upper edge where it was. */
  const toggle = (block: NetworkBlock, box: Box): void => {
    const before = { x: box.x + box.width / 2, y: box.y };
    if (!open.delete(block.path)) open.add(block.path);
    lay(() => {
      const now = boxOf(block);
      if (now) {
        view.x += (before.x - (now.x + now.width / 2)) * view.scale;
        view.y += (before.y - now.y) * view.scale;
      }
      schedule();
    });
  };

  const zoomAt = (factor: number, x: number, y: number): void => {
    const scale = Math.min(3, Math.max(0.02, view.scale * factor));
    view.x = x - ((x - view.x) * scale) / view.scale;
    view.y = y - ((y - view.y) * scale) / view.scale;
    view.scale = scale;
    schedule();
  };

  const choose = (child: number | NetworkBlock | undefined): void => {
    chosen = child;
    onSelect?.(child);
    schedule();
  };

  const listening = new AbortController();
  const { signal } = listening;
  listen(canvas, {
    signal,
    move(dx, dy) {
      view.x += dx;
      view.y += dy;
      schedule();
    },
    zoom: zoomAt,
    click(x, y) {
      const box = at(x, y);
      choose(box?.of);
      if (box && typeof box.of !== "number") toggle(box.of, box);
    },
  });
  /** What was in the middle stays there. */
  let before = size();
  const resized = new ResizeObserver(() => {
    const now = size();
    view.x += (now.width - before.width) / 2;
    view.y += (now.height - before.height) / 2;
    before = now;
    schedule();
  });
  resized.observe(canvas);
  const dark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
  dark?.addEventListener("change", schedule, { signal });

  const fit = (node?: number): void => {
    const look = (): void => {
      const box = node === undefined ? undefined : boxOf(node);
      if (node === undefined) fitWhole();
      else if (box)
        fitBox({ x: box.x - 160, y: box.y - 160, width: box.width + 320, height: box.height + 320 }, 1.2);
      schedule();
    };
    if (node !== undefined && reveal([node])) lay(look);
    else whenLaid(look);
  };
  lay(() => {
    fitWhole();
    schedule();
  });

  return {
    root,
    show(next) {
      picture = next;
      of = amountsOf(picture, root);
      shade = shadeBy(by, { of, root, sensitivity });
      schedule();
    },
    colourBy(next, measured) {
      by = next;
      sensitivity = measured ?? sensitivity;
      shade = shadeBy(by, { of, root, sensitivity });
      schedule();
    },
    light(nodes) {
      const still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
      lit = nodes;
      litSince = performance.now() - (still ? 1e9 : 0);
      const look = (): void => {
        if (nodes && nodes.size > 0) show([...nodes.keys()]);
        schedule();
      };
      if (nodes && nodes.size <= 400 && reveal(nodes.keys())) lay(look);
      else whenLaid(look);
    },
    select(node) {
      fit(node);
      choose(node);
    },
    openAll(all) {
      open.clear();
      if (all) for (const blocks of parents.values()) for (const { path } of blocks) open.add(path);
      else for (const path of firstOpen(root)) open.add(path);
      lay(() => {
        fitWhole();
        schedule();
      });
    },
    fit,
    zoom(factor) {
      const { width, height } = size();
      zoomAt(factor, width / 2, height / 2);
    },
    pan(dx, dy) {
      view.x += dx;
      view.y += dy;
      schedule();
    },
    snapshot() {
      if (frame !== 0) cancelAnimationFrame(frame);
      draw();
      return canvas.toDataURL("image/png");
    },
    destroy() {
      laying.end();
      listening.abort();
      resized.disconnect();
      if (frame !== 0) cancelAnimationFrame(frame);
    },
  };
}

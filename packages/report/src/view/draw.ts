/// <reference lib="dom" />
import type { NetworkBlock } from "../blocks.js";
import type { Picture } from "../picture.js";
import type { Amounts } from "./amounts.js";
import { colourOf, type Shade } from "./colours.js";
import type { Box, PictureLayout } from "./nested-layout.js";
import { percentText, shortNumber } from "./numbers.js";

/** A node that lights up with a group: in which wave of the breadth-first walk, and what to write on it. */
export interface Lit {
  readonly wave: number;
  readonly label?: string;
}

/** Colours, from the custom properties of the page. */
export interface Theme {
  readonly kind: "light" | "dark";
  readonly paper: string;
  readonly ink: string;
  readonly faint: string;
  readonly line: string;
  readonly block: string;
  readonly lit: string;
  readonly frozen: string;
}

export function themeOf(canvas: HTMLCanvasElement): Theme {
  const style = getComputedStyle(canvas);
  const colour = (name: string, otherwise: string): string =>
    style.getPropertyValue(name).trim() || otherwise;
  const kind = colour("--theme", "light") === "dark" ? "dark" : "light";
  return {
    kind,
    paper: colour("--paper", "#fbfbfa"),
    ink: colour("--ink", "#1c2430"),
    faint: colour("--faint", "#6b7480"),
    line: colour("--edge", "#aab3be"),
    block: colour("--block", "rgba(90, 110, 140, 0.06)"),
    lit: colour("--lit", "#d9730d"),
    frozen: colour("--frozen", "#8a8f98"),
  };
}

const font = "12px Inter, system-ui, sans-serif";
const small = "600 10.5px Inter, system-ui, sans-serif";
export const bold = "600 12px Inter, system-ui, sans-serif";
/** What a frame shows. */
export interface Drawing {
  readonly theme: Theme;
  readonly scale: number;
  readonly wave: number;
  readonly lit: ReadonlyMap<number, Lit> | undefined;
  readonly chosen: number | NetworkBlock | undefined;
  readonly shade: Shade;
  readonly of: (child: number | NetworkBlock) => Amounts;
  readonly titleOf: (child: number | NetworkBlock) => string;
  readonly picture: Picture;
}

/** The part of the picture that is on the screen. */
export interface Seen {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Draws boxes and lines, and what is in open boxes; nothing that is off the screen. */
export function drawInside(
  context: CanvasRenderingContext2D,
  { boxes, lines }: Pick<PictureLayout, "boxes" | "lines">,
  seen: Seen,
  drawing: Drawing,
  right: number = Number.POSITIVE_INFINITY,
): void {
  const { theme, scale } = drawing;
  context.strokeStyle = theme.line;
  context.lineWidth = Math.max(1, 0.8 / scale);
  context.beginPath();
  for (const points of lines) {
    const [x0 = 0, y0 = 0] = points;
    const x1 = points[points.length - 2] as number;
    const y1 = points[points.length - 1] as number;
    if (Math.max(y0, y1) < seen.top || Math.min(y0, y1) > seen.bottom) continue;
    if (Math.abs(y1 - y0) * scale < 1 && Math.abs(x1 - x0) * scale < 1) continue;
    context.moveTo(x0, y0);
    for (let i = 2; i + 3 < points.length; i += 2) {
      const [x, y, nx, ny] = [points[i], points[i + 1], points[i + 2], points[i + 3]] as [
        number,
        number,
        number,
        number,
      ];
      context.quadraticCurveTo(x, y, (x + nx) / 2, (y + ny) / 2);
    }
    context.lineTo(x1, y1);
  }
  context.stroke();
  const isSeen = (box: Box): boolean =>
    box.x <= seen.right &&
    box.y <= seen.bottom &&
    box.x + box.width >= seen.left &&
    box.y + box.height >= seen.top;
  for (const box of boxes) {
    if (!isSeen(box)) continue;
    drawBox(context, box, drawing);
    if (box.inside && box.height * scale > 12)
      drawInside(context, box.inside, seen, drawing, box.x + box.width);
  }
  if (drawing.lit && scale > 0.45)
    for (const box of boxes) if (isSeen(box)) drawTag(context, box, { beside: boxes, right }, drawing);
}

const tagHeight = 15;
/** How much of a tag lies on its box, above the title. */
const tagOverlap = 4;

/** What a lit node loses, on its upper edge: as much of it as there is room for beside the next box. */
function drawTag(
  context: CanvasRenderingContext2D,
  { x, y, width, of }: Box,
  { beside, right }: { readonly beside: readonly Box[]; readonly right: number },
  { lit, wave, theme }: Drawing,
): void {
  const own = typeof of === "number" ? lit?.get(of) : undefined;
  if (!own?.label || own.wave > wave) return;
  let room = Math.min(widestTag, right - x - 24);
  for (const other of beside)
    if (other.x > x && other.y - tagHeight < y && other.y + other.height > y - tagHeight)
      room = Math.min(room, other.x - x - 18);
  context.font = small;
  const text = fitted(context, own.label, Math.max(width - 16, room));
  context.fillStyle = theme.lit;
  context.beginPath();
  context.roundRect(x + 6, y + tagOverlap - tagHeight, context.measureText(text).width + 12, tagHeight, 4);
  context.fill();
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = theme.kind === "light" ? "#ffffff" : "#14181e";
  context.fillText(text, x + 12, y + tagOverlap - tagHeight / 2 + 0.5);
}

const widestTag = 300;

/** The beginning of a text that is no wider than some room. */
function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let [fits, not] = [0, text.length];
  while (not - fits > 1) {
    const middle = (fits + not) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= room) fits = middle;
    else not = middle;
  }
  return `${text.slice(0, fits).replace(/[, ]+$/, "")}…`;
}

function litIn(child: number | NetworkBlock, lit: ReadonlyMap<number, Lit>): number | undefined {
  if (typeof child === "number") return lit.get(child)?.wave;
  let first: number | undefined;
  for (const inner of child.children) {
    const wave = litIn(inner, lit);
    if (wave !== undefined && (first === undefined || wave < first)) first = wave;
  }
  return first;
}

function drawBox(context: CanvasRenderingContext2D, box: Box, drawing: Drawing): void {
  const { theme, scale, lit, wave, chosen, shade, of, titleOf, picture } = drawing;
  const { x, y, width, height, inside } = box;
  const isBlock = typeof box.of !== "number";
  const own = shade(box.of);
  const litAt = lit ? litIn(box.of, lit) : undefined;
  const isLit = !inside && litAt !== undefined && litAt <= wave;
  const dim = lit !== undefined && litAt === undefined;
  const { fill, darkText } =
    own === undefined || inside || dim
      ? { fill: inside ? theme.block : theme.paper, darkText: theme.kind === "light" }
      : colourOf(own, theme.kind);
  context.globalAlpha = dim && !inside ? 0.75 : 1;
  context.fillStyle = fill;
  context.strokeStyle = isLit ? theme.lit : box.of === chosen ? theme.ink : theme.line;
  context.lineWidth = (isLit || box.of === chosen ? 2.5 : 1) / Math.min(1, Math.max(0.4, scale));
  context.beginPath();
  context.roundRect(x, y, width, height, isBlock ? 10 : 6);
  context.fill();
  context.stroke();
  if (scale > 0.28 && height * scale > 10) {
    const text =
      dim && !inside
        ? theme.faint
        : inside || own === undefined
          ? theme.ink
          : darkText
            ? "#14202e"
            : "#f6f8fb";
    const title = titleOf(box.of);
    context.textBaseline = "middle";
    context.fillStyle = text;
    if (isBlock) {
      context.textAlign = "left";
      context.font = bold;
      context.fillText(`${inside ? "▾" : "▸"} ${title}`, x + 10, y + (inside ? 17 : 16));
      if (!inside) {
        context.font = font;
        context.globalAlpha *= 0.85;
        context.fillText(detailOf(of(box.of)), x + 10, y + 33);
      }
    } else {
      context.textAlign = "center";
      context.font = bold;
      context.fillText(title, x + width / 2, y + height / 2 + 0.5);
      const node = picture.nodes[box.of as number];
      if (node && node.frozen.length > 0) {
        context.fillStyle = theme.frozen;
        context.fillRect(x + width - 8, y + 4, 4, 4);
      }
    }
  }
  context.globalAlpha = 1;
}

/** The longest that a closed block may say of what is in it: a box is as wide before a cut as after it. */
export const longestDetail = (amounts: Amounts): string =>
  detailOf({ ...amounts, weightsAfter: 0.001 * amounts.weights });

/** What a closed block says of what is in it. */
export function detailOf({ weights, weightsAfter, macs, nodes }: Amounts): string {
  const parts = [`${nodes} nodes`];
  if (weights > 0) parts.push(`${shortNumber(weights)} par`);
  else if (macs === null || macs > 0) parts.push(`${shortNumber(macs)} MACs`);
  if (weightsAfter < weights) parts.push(`−${percentText(1 - weightsAfter / weights)}`);
  return parts.join(" · ");
}

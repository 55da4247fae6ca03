import { type GradientKit, Unemitted } from "../graph/kit.js";
import type { Decomposition } from "./decomposition.js";

/** Bilinear sampling of N x C x H x W at N x h x w x 2 places: four picks and their weights. */
export const gridSample: Decomposition = (n, k) => {
  const mode = n.text("mode", "linear");
  const padding = n.text("padding_mode", "zeros");
  if (!["linear", "bilinear", "nearest"].includes(mode)) throw new Unemitted(`its mode is "${mode}"`);
  if (padding === "reflection") throw new Unemitted("it reflects what lies outside");
  const [x, grid] = [k.shape(n.a), k.shape(n.b)];
  if (x?.length !== 4 || grid?.length !== 4) throw new Unemitted("it samples no images");
  const [channels, height, width] = x.slice(1) as [number, number, number];
  const [rows, columns] = grid.slice(1) as [number, number];
  if (![channels, height, width, rows, columns].every((size) => typeof size === "number"))
    throw new Unemitted("its sizes are known only at run time");
  const parts = k.split(n.b, [1, 1], 2, 3).map((part) => k.reshape(part, [0, 1, rows * columns])) as [
    string,
    string,
  ];
  const pixel = (part: string, size: number): string => {
    const place =
      n.int("align_corners", 0) === 1
        ? k.mul(k.add(part, 1), (size - 1) / 2)
        : k.sub(k.mul(k.add(part, 1), size / 2), 0.5);
    return padding === "border" ? within(k, place, size) : place;
  };
  const [px, py] = [pixel(parts[0], width), pixel(parts[1], height)];
  const flat = k.reshape(n.a, [0, channels, height * width]);
  const pick = (cx: string, cy: string): string => {
    const [inX, inY] = [within(k, cx, width), within(k, cy, height)];
    const index = k.cast(k.add(k.mul(inY, width), inX), "int64");
    const spread = k.expand(index, [1, channels, 1]);
    const found = k.emit("GatherElements", [flat, spread], { axis: 2 });
    if (padding === "border") return found;
    const inside = k.and(k.equal(inX, cx), k.equal(inY, cy));
    return k.mul(found, k.cast(inside, k.type(n.a)));
  };
  const images = (points: string): string => k.reshape(points, [0, channels, rows, columns]);
  if (mode === "nearest") return [images(pick(k.emit("Round", [px]), k.emit("Round", [py])))];
  const [x0, y0] = [k.emit("Floor", [px]), k.emit("Floor", [py])];
  const [right, down] = [k.sub(px, x0), k.sub(py, y0)];
  const [x1, y1] = [k.add(x0, 1), k.add(y0, 1)];
  const [left, up] = [k.sub(1, right), k.sub(1, down)];
  const corners = [
    k.mul(pick(x0, y0), k.mul(left, up)),
    k.mul(pick(x1, y0), k.mul(right, up)),
    k.mul(pick(x0, y1), k.mul(left, down)),
    k.mul(pick(x1, y1), k.mul(right, down)),
  ];
  return [images(corners.reduce((sum, corner) => k.add(sum, corner)))];
};

const within = (k: GradientKit, place: string, size: number): string =>
  k.emit("Max", [k.emit("Min", [place, k.number(size - 1, place)]), k.number(0, place)]);

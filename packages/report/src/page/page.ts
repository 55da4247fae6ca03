/// <reference lib="dom" />

import type { ReportedCurve } from "../html.js";
import { type PackedPicture, unpacked } from "../packed/packed-picture.js";
import type { ColourBy } from "../view/colours.js";
import { createGraphView } from "../view/graph-view.js";
import { shortNumber } from "../view/numbers.js";
import { curvePicture } from "./curve-picture.js";

/** The script of the HTML report: draws what the page holds. */
const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

interface Data {
  readonly network: PackedPicture;
  readonly curves: readonly ReportedCurve[];
}

const { network, curves } = JSON.parse(element("data").textContent ?? "{}") as Data;
const { picture, groups } = unpacked(network);
const panel = element("node");
const view = createGraphView(element<HTMLCanvasElement>("graph"), picture, {
  colourBy: "removed",
  onSelect(chosen) {
    panel.replaceChildren();
    if (typeof chosen !== "number") return;
    const node = picture.nodes[chosen];
    if (!node) return;
    const title = document.createElement("strong");
    title.textContent = `${node.op}  ${node.name}`;
    const list = document.createElement("ul");
    for (const { name, shape, after } of [...node.parameters, ...node.outputs]) {
      const item = document.createElement("li");
      item.textContent = `${name} ${after ? `${shape} → ${after}` : shape}`;
      list.append(item);
    }
    const cost = document.createElement("p");
    cost.textContent = `${shortNumber(node.weights)} → ${shortNumber(node.weightsAfter)} parameters, ${shortNumber(node.macs)} → ${shortNumber(node.macsAfter)} MACs`;
    panel.append(title, list, cost);
  },
});
const on = (id: string, act: () => void): void => element(id).addEventListener("click", act);
on("in", () => view.zoom(1.3));
on("out", () => view.zoom(1 / 1.3));
on("fit", () => view.fit());
on("open", () => view.openAll(true));
on("close", () => view.openAll(false));
const rows = Array.from(document.querySelectorAll<HTMLButtonElement>("button[data-axis]"));
/** Lights up what left with a layer; nothing where none is given. */
const light = (axis: string | undefined): void => {
  const group = groups.find((one) => one.axis === axis);
  view.light(group && new Map(group.lit.map(({ place, ...lit }) => [place, lit])));
  for (const row of rows)
    row.setAttribute("aria-pressed", String(group !== undefined && row.dataset["axis"] === axis));
  element("clear").hidden = !group;
};
for (const row of rows)
  row.addEventListener("click", () => {
    const wasLit = row.getAttribute("aria-pressed") === "true";
    light(wasLit ? undefined : row.dataset["axis"]);
    if (!wasLit) element("graph").scrollIntoView({ block: "center" });
  });
on("clear", () => light(undefined));
const colour = element<HTMLSelectElement>("colour");
colour.addEventListener("change", () => view.colourBy(colour.value as ColourBy));
element("graph").addEventListener("keydown", (event) => {
  const moves: Record<string, () => void> = {
    ArrowLeft: () => view.pan(60, 0),
    ArrowRight: () => view.pan(-60, 0),
    ArrowUp: () => view.pan(0, 60),
    ArrowDown: () => view.pan(0, -60),
    "+": () => view.zoom(1.2),
    "-": () => view.zoom(1 / 1.2),
  };
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  move();
});
for (const curve of curves) element("curves").insertAdjacentHTML("beforeend", curvePicture(curve));

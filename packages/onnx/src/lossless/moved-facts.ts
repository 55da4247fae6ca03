import { int, ints, type OnnxNode, text } from "../operators/node.js";
import { channelsOf } from "./channels.js";
import { type Fact, type Facts, factOf } from "./facts.js";
import { anything, between, hull, type Interval, isZero } from "./interval.js";
import type { View } from "./view.js";

/** What the outputs of an operator hold that moves elements or keeps channels apart; undefined for others. */
export function moved(node: OnnxNode, output: number, view: View): Facts | undefined {
  const change = changeOf(node, view);
  if (!change) return undefined;
  const inputs = node.op === "Concat" ? node.inputs : node.inputs.slice(0, 1);
  if (inputs.some((input) => view.source.isConstant(input))) return undefined;
  const found = new Map<number, Fact>();
  for (const name of view.names(node.outputs[output] as string).keys()) {
    const facts = inputs
      .filter((input) => view.names(input).has(name))
      .map((input) => factOf(view, input, name));
    if (facts.length === 0) continue;
    const values = change(facts.map((fact) => fact.values).reduce(hull));
    const known = facts.every(({ print }) => print !== 0) && keepsCells(node, output, name, view);
    const prints = facts.map(({ print }) => print).join(" ");
    found.set(name, { values, print: known ? view.intern(`${node.index} ${output} ${prints}`) : 0 });
  }
  return found;
}

/** Whether all cells of a name pass: of parts of two channels it is not known that they are the same parts. */
function keepsCells(node: OnnxNode, output: number, name: number, view: View): boolean {
  if (node.op === "Gather" || node.op === "Expand" || node.op === "Dropout") return false;
  if (node.op !== "Slice" && node.op !== "Split") return true;
  const count = (tensor: string): string =>
    Array.from({ length: view.rank(tensor) }, (_, dim) =>
      Number(view.along(tensor, dim)?.filter((other) => other === name).length),
    ).join();
  return count(node.inputs[0] as string) === count(node.outputs[output] as string);
}

type Change = (values: Interval) => Interval;

/** How an operator's results lie where a channel's values do. */
function changeOf(node: OnnxNode, view: View): Change | undefined {
  const { op } = node;
  if (op === "Dropout" && (node.inputs[2] ?? "") !== "") return lost;
  const channels = channelsOf(node);
  if (channels === "moved") return same;
  if (op === "AveragePool") return countsPadding(node) ? withZero : same;
  if (channels === "spatial within" || channels === "reduced within") return same;
  if (op === "Pad") return padding(node, view);
  const nearest = (op === "Resize" || op === "Upsample") && text(node, "mode", "nearest") === "nearest";
  if (nearest) return text(node, "coordinate_transformation_mode") === "tf_crop_and_resize" ? lost : same;
  if (op === "Resize" || op === "Upsample" || op === "ReduceSum") return zeros;
  return channels === "reduced" ? lost : undefined;
}

const same: Change = (values) => values;
const lost: Change = () => anything;
/** Weighted sums of zeros are zero; of anything else they depend on the weights. */
const zeros: Change = (values) => (isZero(values) ? values : anything);
const withZero: Change = (values) => hull(values, between(0, 0));

const countsPadding = (node: OnnxNode): boolean =>
  int(node, "count_include_pad", 0) === 1 &&
  ((ints(node, "pads") ?? []).some((pad) => pad !== 0) ||
    text(node, "auto_pad", "NOTSET").startsWith("SAME") ||
    int(node, "ceil_mode", 0) === 1);

function padding(node: OnnxNode, view: View): Change {
  if (text(node, "mode", "constant") !== "constant") return same;
  const stated = node.attributes.get("value");
  if (stated?.kind === "float") return (values) => hull(values, between(stated.value, stated.value));
  const name = node.inputs[2] ?? "";
  if (name === "") return withZero;
  const value = view.source.value(name)?.data[0];
  return value === undefined ? lost : (values) => hull(values, between(value, value));
}

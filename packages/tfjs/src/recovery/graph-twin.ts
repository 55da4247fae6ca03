import { encode } from "../format/encode.js";
import { decode } from "../format/weights.js";
import { graphRules } from "../graph-model/operators/operators.js";
import { graphModelSource } from "../graph-model/source.js";
import type { GraphModel, TfjsWeight } from "../model.js";
import { type GraphLinear, linearsOf } from "./graph-linears.js";
import { type GraphNet, graphNet, type LoadGraph } from "./graph-net.js";
import { type GraphRefit, refitGraph } from "./graph-refit.js";
import { graphStep } from "./graph-steps.js";
import { sizesOf } from "./linear.js";
import type { RefitNet, TwinNet, Weights } from "./twin-net.js";

/** A GraphModel as recovery looks at it. */
export async function graphTwin(model: GraphModel, load: LoadGraph | undefined): Promise<TwinNet> {
  return twinOf(await graphNet(model, load));
}

function twinOf(net: GraphNet): TwinNet & { readonly linears: readonly GraphLinear[] } {
  const { source } = net;
  const byOutput = new Map(source.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  return {
    ...net,
    ...linearsOf(source),
    step(node, input) {
      const found = byOutput.get(node.outputs[0] as string);
      return found && graphStep(source, found, input);
    },
    values: (name) => source.values(name) ?? new Float32Array(),
  };
}

/** A GraphModel whose layers take new weights. It runs with a bias of its own in every layer; the result has those that were refitted. */
export async function graphRefit(
  model: GraphModel,
  load: LoadGraph | undefined,
): Promise<RefitNet<GraphModel>> {
  const before = graphModelSource(model, graphRules);
  const old = new Map(linearsOf(before).linears.map((linear) => [linear.layer, linear]));
  const lacking = [...old.values()].filter(({ ownBias }) => !ownBias);
  const zeros = lacking.map((linear): GraphRefit => {
    const { groups, outputs } = sizesOf(linear);
    const bias = linear.bias === undefined ? undefined : before.values(linear.bias);
    return { linear, bias: bias ?? new Float32Array(groups * outputs) };
  });
  const net = await graphNet(refitGraph(model, before, zeros), load);
  const refits = new Map<string, GraphRefit>();
  const rounded = (name: string | undefined, values: Float32Array): Float32Array => {
    const stored = name === undefined ? undefined : model.weights.get(name);
    return stored && !isExact(stored) ? roundTrip(stored, values) : values;
  };
  return {
    ...twinOf(net),
    held(linear, { kernel, bias }) {
      const { ownBias, bias: name } = old.get(linear.layer) as GraphLinear;
      return { kernel: rounded(linear.weight, kernel), bias: rounded(ownBias ? name : undefined, bias) };
    },
    assign(linear, { kernel, bias }: Weights) {
      net.set(linear.weight, kernel);
      net.set(linear.bias as string, bias);
      refits.set(linear.layer, { linear: old.get(linear.layer) as GraphLinear, kernel, bias });
    },
    model: () => (refits.size > 0 ? refitGraph(model, before, [...refits.values()]) : model),
  };
}

/** Whether it holds any number that this package computes with. */
const isExact = ({ entry: { dtype, quantization } }: TfjsWeight): boolean =>
  dtype === "float32" && !quantization;

/** Numbers as they are read again once they are stored. */
function roundTrip(stored: TfjsWeight, values: Float32Array): Float32Array {
  const { bytes, quantization } = encode(values, stored.entry);
  const entry = { ...stored.entry, ...(quantization && { quantization }) };
  return Float32Array.from(decode({ ...stored, entry, bytes }) ?? values);
}

import type { Linear, Node, Wiring } from "@prune/onnx/advanced";

/** The one layer whose output a tensor is made of. */
export interface Origin {
  readonly linear: Linear;
  /** What else is made of the layer's output, up to the first node off the way to the tensor. */
  readonly others: readonly string[];
}

/** More nodes than this between a layer and a product are no mere movement. */
const most = 48;

/** Walks back from a tensor to layers; undefined where there is not exactly one, or where others read the tensor too. */
export function originOf(
  wiring: Wiring,
  layers: ReadonlyMap<string, Linear>,
  tensor: string,
): Origin | undefined {
  if (wiring.readers(tensor).length !== 1 || wiring.isOutput(tensor)) return undefined;
  const visited = new Set<Node>();
  const found = new Set<Linear>();
  const open = [tensor];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const linear = layers.get(name);
    if (linear) found.add(linear);
    const node = linear || wiring.stored(name) ? undefined : wiring.producer(name);
    // Sizes come from elsewhere.
    if (!node || node.op === "Shape" || visited.has(node)) continue;
    visited.add(node);
    if (visited.size > most) return undefined;
    open.push(...node.inputs.filter((input) => input !== ""));
  }
  const [linear, ...more] = found;
  return linear && more.length === 0
    ? { linear, others: othersOf(wiring, linear, visited, tensor) }
    : undefined;
}

function othersOf(
  wiring: Wiring,
  { output }: Linear,
  visited: ReadonlySet<Node>,
  tensor: string,
): readonly string[] {
  const onWay = new Set([output]);
  for (let size = 0; size < onWay.size; ) {
    size = onWay.size;
    for (const { inputs, outputs } of visited)
      if (inputs.some((name) => onWay.has(name))) for (const name of outputs) onWay.add(name);
  }
  onWay.delete(tensor);
  const others = new Set<string>();
  for (const name of onWay) {
    if (wiring.isOutput(name)) others.add(name);
    for (const node of wiring.readers(name))
      if (node.op !== "Shape")
        for (const made of node.outputs)
          if (made !== "" && !onWay.has(made) && made !== tensor) others.add(made);
  }
  // What a node on the way makes besides, such as the other parts of a split.
  for (const node of visited)
    for (const made of node.outputs)
      if (onWay.has(made) && wiring.readers(made).every((reader) => !visited.has(reader))) others.add(made);
  return [...others];
}

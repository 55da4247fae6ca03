import { followTail, type Tail } from "@prune/recovery/advanced";
import { type Linear, sizesOf } from "./linear.js";
import { readersOf } from "./readers.js";
import type { TwinNet } from "./twin-net.js";

/** Follows layers' sums while a single node reads them. */
export function tailsOf(net: TwinNet): (linear: Linear) => Tail {
  const found = readersOf(net.nodes);
  const outputs = new Set(net.outputs);
  const follow = {
    readers: (tensor: string) => (found.get(tensor) ?? []).map(({ node }) => node),
    isOutput: (tensor: string) => outputs.has(tensor),
    step: net.step,
  };
  return (linear) => {
    const sizes = sizesOf(linear);
    // A step's channels come last.
    const channels = linear.channelsFirst ? 0 : sizes.groups * sizes.outputs;
    return followTail(follow, { sums: linear.sums, clip: linear.clip, channels });
  };
}

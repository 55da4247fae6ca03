import { RuntimeError } from "./error.js";
import type { TokenGraph } from "./tokens.js";
import type { ValuesByName } from "./values.js";

/** Where DecoderMaskedMultiHeadAttention reads its keys so far, batch x heads x room x size, and how many steps they are. */
const [keys, steps] = [5, 7];

/**
 * Refuses feeds on which onnxruntime's DecoderMaskedMultiHeadAttention reads and writes what isn't its own: at 0 steps
 * its kernel takes the whole buffer as filled and writes the step behind it, over the next head's, and where there is
 * no room for one more step it does so too. No answer follows from that, of the original or of any other model.
 * @throws RuntimeError `no-room-in-buffer`
 */
export function checkBuffers({ nodes }: Pick<TokenGraph, "nodes">, feeds: ValuesByName): void {
  for (const { op, inputs } of nodes) {
    const input = inputs[steps] ?? "";
    const data = op === "DecoderMaskedMultiHeadAttention" ? feeds[input]?.data : undefined;
    const room = feeds[inputs[keys] ?? ""]?.dims[2];
    if (!data || room === undefined) continue;
    const past = Number((data as ArrayLike<number | bigint>)[0]);
    if (past < 1 || past >= room)
      throw new RuntimeError("no-room-in-buffer", { input, buffer: inputs[keys] ?? "", past, room });
  }
}

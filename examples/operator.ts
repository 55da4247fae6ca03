// An operator of your own: its rule, tried on a small net around it before a model is cut by it.
// npm install @prune/graph @prune/onnx @prune/testing
import type { Rule } from "@prune/graph";
import { type OwnOperator, onnx } from "@prune/onnx";
import { checkRule } from "@prune/testing";

/** y = x * gain, a gain for each channel: the channels of both are united. */
const gain: Rule = (_, kit) => {
  const gains = kit.own(1);
  if (!gains) return kit.opaque("the gains are computed");
  return kit.meet(
    [
      [kit.layout(0), ["n", "c"]],
      [gains, ["c"]],
    ],
    ["n", "c"],
  );
};

const findings = checkRule({
  rule: gain,
  parameters: [[6]],
  compute: ([x, gains]) => [
    { shape: x!.shape, data: x!.data.map((value, i) => value * gains!.data[i % gains!.data.length]!) },
  ],
});
if (findings.length > 0) throw new Error(findings.join("\n"));

// What else is known of it, each part if it isn't the usual: all of it is one record.
const record: OwnOperator = {
  rule: gain,
  macs: ({ output }) => output(0).reduce((a, b) => a * b, 1),
  fold: ({ inputs: [x, gains] }) => ({
    ...x!,
    data: Float32Array.from(x!.data, (value, i) => value * gains!.data[i % gains!.data.length]!),
  }),
  types: ["float32"],
  duty: (_, input) => (input === 1 ? "scale" : undefined),
};
/** y = log of the sum of exp(x) over the channels: it mixes them, so what is dead has to be kept out of the sum. */
const logSumExp: OwnOperator = {
  rule: (_, kit) => kit.meet([[kit.layout(0), ["n", "c"]]], ["n"]),
  mask: (node, masking) => masking.gate(node, 0, -1e4),
  macs: ({ input }) => input(0).reduce((a, b) => a * b, 1),
};
const backend = onnx({ operators: { "my.domain:Gain": record, "my.domain:LogSumExp": logSumExp } });
console.log("the rule holds the law;", Object.keys(backend.operators ?? {}).join(" and "), "are known");

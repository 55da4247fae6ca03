// An operator of your own: its rule, tried on a small net around it before a model is cut by it.
// npm install @prune/graph @prune/onnx @prune/testing
import type { Rule } from "@prune/graph";
import { onnx, rules } from "@prune/onnx";
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

const backend = onnx({ rules: { ...rules, "my.domain:Gain": gain } });
console.log("the rule holds the law;", Object.keys(backend.rules).length, "operators are known");

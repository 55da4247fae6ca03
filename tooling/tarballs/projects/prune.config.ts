import { defineConfig } from "@prune/cli/config";
import type { Importance } from "@prune/graph";
import { extendBackend, onnx } from "@prune/onnx";
import type { Method } from "@prune/recovery";

const last: Importance = {
  name: "last",
  needs: [],
  score: async ({ units }) => Float32Array.from(units, (unit) => -unit),
};

const halves: Method = {
  name: "halves",
  fit: (moments, old) => ({
    weights: old.weights,
    bias: old.bias.map((b, o) => (b + (moments.meanY[o] ?? 0)) / 2),
  }),
};

export default defineConfig({
  ratio: 0.25,
  data: "test.images.u8",
  dataConfig: "test.json",
  samples: 192,
  importance: last,
  methods: [halves],
  backend: extendBackend(onnx(), () => ({ name: "mine" })),
});

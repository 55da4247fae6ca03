import { modelToBytes, onnx } from "@prune/onnx";
import { openLaw } from "@prune/runtime-ort";
import { testBackend } from "@prune/testing";
import { onnxNet } from "./onnx-net.js";

const backend = onnx();

testBackend("ONNX, in onnxruntime", {
  backend,
  net: onnxNet,
  async measure(model, trace, cut, { source }) {
    const law = await openLaw(model.source, { seeds: 1 });
    return law.check({ masked: modelToBytes(model, backend.mask(model, trace, cut)), cut: source });
  },
});

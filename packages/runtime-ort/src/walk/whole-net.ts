import { type Model, segmentModel } from "@prune/onnx";
import type { ValuesByName } from "../values.js";
import { fedInputs } from "./fed.js";
import type { Piece } from "./study.js";

/** A network from its inputs to some tensors: nothing is held. */
export const wholeNet = (
  model: Model,
  tensors: readonly string[],
  samples: readonly ValuesByName[],
): Piece => ({
  bytes: segmentModel(model, { inputs: fedInputs(model), outputs: [...new Set(tensors)] }),
  opset: model.opsets.get("") ?? 13,
  outputs: [],
  feeds: (b) => samples[b] as ValuesByName,
  take() {},
  close() {},
});

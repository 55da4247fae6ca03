import type { Model } from "@prune/onnx";
import type { ValuesByName } from "@prune/runtime-ort";
import { elementTypeOf } from "@prune/runtime-ort/advanced";
import { OnnxRecoveryError } from "../error.js";

/** Throws unless every batch of samples feeds the model's inputs and nothing else. */
export function checkSamples({ graph }: Model, samples: readonly ValuesByName[]): void {
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const names = new Set(inputs.map(({ name }) => name));
  for (const [batch, feeds] of samples.entries()) {
    const refuse = (input: string, reason: string): OnnxRecoveryError =>
      new OnnxRecoveryError("samples-misfit", { batch, input, reason });
    for (const name of Object.keys(feeds))
      if (!names.has(name)) throw refuse(name, "the model has no such input, and labels are not used");
    for (const { name, elementType, shape } of inputs) {
      const values = feeds[name];
      if (!values) throw refuse(name, "it is missing");
      const type = elementTypeOf(elementType);
      if (type !== undefined && values.type !== type)
        throw refuse(name, `it is ${values.type}, and the model takes ${type}`);
      const fits =
        !shape ||
        (shape.length === values.dims.length &&
          shape.every((dim, d) => typeof dim !== "number" || dim < 0 || dim === values.dims[d]));
      if (!fits)
        throw refuse(
          name,
          `its shape is ${values.dims.join(" x ")}, and the model takes ${shape?.map((dim) => dim ?? "?").join(" x ")}`,
        );
      if (values.dims.includes(0) && (values.dims[0] === 0 || !hasMore(feeds, name)))
        throw refuse(name, "it is empty");
    }
  }
}

/** Whether something else is fed: a decoder's cache is empty before its first token. */
const hasMore = (feeds: ValuesByName, name: string): boolean =>
  Object.entries(feeds).some(([other, { dims }]) => other !== name && dims.length > 0 && !dims.includes(0));

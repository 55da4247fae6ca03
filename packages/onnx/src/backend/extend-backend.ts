import type { OnnxBackend } from "./backend.js";

/**
 * A backend with parts of your own in place of some of `base`'s, which `change` is given for what it goes on to call. It
 * keeps them with other norms and sizes too, where a spread of `base` would lose them.
 * @example extendBackend(onnx(), (base) => ({ name: "logged", cost: (...args) => log(base.cost(...args)) }))
 */
export const extendBackend = (
  base: OnnxBackend,
  change: (base: OnnxBackend) => Partial<OnnxBackend>,
): OnnxBackend => ({
  ...base,
  ...change(base),
  withNorms: (norms) => extendBackend(base.withNorms(norms), change),
  withSizes: (at) => extendBackend(base.withSizes(at), change),
});

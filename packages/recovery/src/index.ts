export { allocate, type Curve, type Work } from "./allocate.js";
export { factor, factorShifted, inverse, solve } from "./cholesky.js";
export { type Chosen, chooseFit, type Split } from "./choose-fit.js";
export {
  type Elimination,
  type EliminationOptions,
  eliminate,
  type Reader,
  singleCosts,
} from "./elimination.js";
export { expectedRelu } from "./expected-relu.js";
export { errorOf, type Fit, leastSquares, powerOf, type Ridge, ridge, withBias } from "./fit.js";
export { bias, lsq, type Method, moments, standardMethods } from "./method.js";
export {
  addMoments,
  emptyMoments,
  type Moments,
  type MomentsLike,
  selectInputs,
  sumOfMoments,
} from "./moments.js";
export {
  type Clipped,
  type LayerReport,
  type Observed,
  type RecoverOptions,
  recover,
  type Twins,
} from "./recover.js";
export { type Measured, rescale } from "./rescale.js";
export { selectOutputs, withOutputs, withoutInputs } from "./symmetric.js";

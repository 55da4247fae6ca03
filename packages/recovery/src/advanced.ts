export type { Answers } from "./agreement.js";
export { type Kernel, selection, throughChannels } from "./by-channel.js";
export { byOutput } from "./by-output.js";
export { factor, factorShifted, inverse, multiplyMatrices, solve } from "./cholesky.js";
export type { ChosenFit, Split, Tried } from "./choose-fit.js";
export { type Compared, compareAnswers, type OutputValues } from "./comparison.js";
export { type LogitProducts, type LogitSizes, type LogitSolver, logitError, logitSolver } from "./corp.js";
export { type Eigen, eigenOf } from "./eigen.js";
export {
  type Elimination,
  type EliminationOptions,
  eliminate,
  type Reader,
  singleCosts,
} from "./elimination.js";
export {
  type LayerPlan,
  type LayerView,
  lastLayers,
  type Picked,
  type PlannedLayer,
  type Planning,
  pickedOf,
  planLayers,
} from "./engine/layer-plan.js";
export { type MapSizes, mapsOf, type Placing, storedMaps } from "./engine/maps.js";
export {
  type Clip,
  followTail,
  relu,
  relu6,
  type Tail,
  type TailNet,
  type TailStep,
  withoutResidual,
} from "./engine/tail.js";
export { type NetPair, type OpenTwins, type Sight, twinsOf } from "./engine/twins-of.js";
export { openWalk, type Stretch, type Walk, type Walking, type WalkNode } from "./engine/walk.js";
export type { RecoveryErrorCode, RecoveryErrors } from "./errors.js";
export type { Estimate } from "./estimate.js";
export { checkLabels, estimate } from "./estimate.js";
export { expectedRelu } from "./expected-relu.js";
export { errorOf, leastSquares, powerOf, withBias } from "./fit.js";
export { isHeldOut } from "./held-out.js";
export { type Judgement, judgementOf } from "./judgement.js";
export { largest } from "./largest.js";
export { type ChannelRows, type Cluster, clusters, type Folded, folded } from "./merge.js";
export { standardMethods } from "./method.js";
export { type MomentsLike, selectInputs, sumOfMoments } from "./moments.js";
export {
  addNormMoments,
  emptyNormMoments,
  type NormMoments,
  type NormState,
  type Reestimated,
  reestimate,
} from "./norms.js";
export { openSolver } from "./open-solver.js";
export type { Judged, JudgedOptions, JudgedReport, RecoveryStep, StepReport } from "./recover-judged.js";
export { rowShare } from "./row-share.js";
export { inlineSolver, type Solver, type System } from "./solver.js";
export { emptySplits, type RowShape } from "./splits.js";
export { type Doing, type Seconds, type Stopwatch, startStopwatch } from "./stopwatch.js";
export { selectOutputs, withOutputs, withoutInputs } from "./symmetric.js";
export type { Pull, ReadBy } from "./through-reader.js";
export type { Clipped, Mixed, Observed, Skipped } from "./twins.js";

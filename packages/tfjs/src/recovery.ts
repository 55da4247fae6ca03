export type { LoadedGraph, LoadGraph } from "./recovery/graph-net.js";
export {
  type CutTfjsModel,
  recoverTfjsModel,
  type TfjsRecoverOptions,
  type TfjsRecoveryReport,
} from "./recovery/recover-model.js";
export { type TfjsTwins, type TfjsTwinsOptions, tfjsTwins } from "./recovery/twins.js";

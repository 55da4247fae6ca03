export type { LoadedGraph, LoadGraph } from "./recovery/graph-net.js";
export {
  type Pruned,
  type RecoverModelOptions,
  type RecoveryReport,
  recoverModel,
} from "./recovery/recover-model.js";
export { type TfjsTwins, type TwinsOptions, tfjsTwins } from "./recovery/twins.js";

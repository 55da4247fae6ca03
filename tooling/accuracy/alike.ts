import { macsOf } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { type Model, onnx } from "@prune/onnx";
import { prune } from "@prune/pruner";
import {
  residualGroups,
  type TheirGroup,
  theirChoice,
  theirCount,
  transformerGroups,
  type Weights,
} from "./torch-pruning.js";

const backend = onnx();

/** Torch-Pruning's groups of the networks that are trained here, scored by its formulas. */
const theirGroups: Readonly<Record<string, (weights: Weights) => TheirGroup[]>> = {
  glyphs: (weights) => residualGroups(weights, 1),
  "cifar-resnet20": (weights) => residualGroups(weights, 3),
  "cifar-vit": (weights) => transformerGroups(weights, 4),
};

/** L2 here on the same networks, with as many units removed: Torch-Pruning rounds what is kept down. */
export async function pruneAlike(
  model: Model,
  {
    model: name,
    ranking,
    ratio,
  }: { readonly model: string; readonly ranking: "local" | "global"; readonly ratio: number },
): Promise<{
  readonly small: Model;
  readonly macs: number;
  readonly removed: number;
  readonly same: boolean;
}> {
  const trace = backend.trace(model);
  const probe = backend.probe(model, trace);
  const groups = theirGroups[name]?.((tensor) => probe.weights(tensor) as ReturnType<Weights>) ?? [];
  const share = (n: number): number => theirCount(n, ratio) / n;
  const how =
    ranking === "global"
      ? { global: true, ratio: share(groups.reduce((sum, { scores }) => sum + scores.length, 0)) }
      : { layerRatios: Object.fromEntries(groups.map(({ root, scores }) => [root, share(scores.length)])) };
  const {
    model: small,
    recipe,
    report,
  } = await prune(model, { backend, importance: magnitude({ p: 2 }), trace, ...how });
  const theirs = theirChoice(groups, ratio, ranking === "global");
  const same =
    groups.length > 0 &&
    groups.every(({ root, scores }, g) => {
      const rows = recipe.parameters
        .find(({ tensor }) => tensor === root)
        ?.selectors.find(({ dims }) => dims[0] === 0)?.removed;
      // Rows of a query, key and value weight repeat the dims of one head.
      const units = new Set(rows?.map((row) => row % scores.length));
      return String([...units].sort((a, b) => a - b)) === String(theirs[g]);
    });
  return { small, macs: macsOf(report.after) / macsOf(report.before), removed: report.removed, same };
}

import { badOption } from "../errors.js";
import type { Feature } from "../format.js";
import type { PruneConfig } from "./config.js";

interface Beside {
  readonly ratio: number | undefined;
  readonly target: unknown;
  readonly mask: boolean;
  readonly lossless: boolean;
  readonly features: ReadonlySet<Feature>;
  readonly data: boolean;
  /** Whether what is left is trained, which has a curve too. */
  readonly train: boolean;
}

type Keep = { readonly [K in "keep" | "keepBy" | "curve"]: PruneConfig[K] | undefined };

/** Refuses what contradicts `keep`, or needs it. */
export function checkKeep({ keep, keepBy, curve }: Keep, asked: Beside): void {
  if (keep === undefined) {
    if (keepBy !== undefined) throw badOption("keepBy", "it needs {keep}");
    if (curve === undefined) return;
    if (!asked.train) throw badOption("curve", "it needs {keep} or {train}");
    checkName(curve);
    return;
  }
  const search = "how much leaves is what {keep} searches for";
  if (asked.ratio !== undefined) throw badOption("keep", `it can't be combined with {ratio}: ${search}`);
  if (asked.target !== undefined) throw badOption("keep", `it can't be combined with {target}: ${search}`);
  if (asked.mask) throw badOption("keep", "it can't be combined with {mask}, which makes nothing smaller");
  if (asked.lossless) throw badOption("keep", "it can't be combined with {lossless}");
  if (!asked.features.has("keep")) throw badOption("keep", "it needs an ONNX model");
  if (!asked.data) throw badOption("keep", "it needs samples to judge by; add {data: PATH}");
  if (curve !== undefined) checkName(curve);
}

function checkName(curve: string): void {
  if (!/\.(json|svg)$/i.test(curve)) throw badOption("curve", `it must end in .json or .svg, not "${curve}"`);
}

import type { ActivationReader, Family, Probe, Trace } from "@prune/graph";
import type { Reader } from "@prune/recovery/advanced";
import type { LayerStatistics } from "../statistics/collect.js";
import { activationProbe } from "./activation-probe.js";

/** The layers that read a family's units, with their weights and the covariance of their inputs. */
export function readersOf(
  trace: Trace,
  family: Family,
  statistics: ReadonlyMap<string, LayerStatistics>,
): Reader[] {
  const probe: Probe = { trace, weights: () => undefined };
  return activationProbe(probe, statistics).activations(family).filter(hasCovariance);
}

const hasCovariance = (reader: ActivationReader): reader is ActivationReader & Reader =>
  reader.covariance !== undefined;

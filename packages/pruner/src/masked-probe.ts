import type { Cut, Probe } from "@prune/graph";
import type { Parameter } from "@prune/graph/advanced";

/** What a criterion would see of the smaller model, in the original's coordinates: all that a cut removes is zero. */
export function maskedProbe(probe: Probe, cut: Cut): Probe {
  const uses = new Map<string, Parameter[]>();
  for (const parameter of probe.trace.parameters) {
    const list = uses.get(parameter.tensor) ?? [];
    list.push(parameter);
    uses.set(parameter.tensor, list);
  }
  return {
    ...probe,
    weights(tensor) {
      const found = probe.weights(tensor);
      const list = uses.get(tensor)?.map((parameter) => cut.removedElements(parameter));
      if (!found || !list || list.some((dead) => dead === undefined)) return found;
      const data = found.data.slice();
      for (let i = 0; i < data.length; i++) if (list.every((dead) => dead?.[i] === 1)) data[i] = 0;
      return { ...found, data };
    },
  };
}

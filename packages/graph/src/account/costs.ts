import type { Cut } from "../cut/cut.js";
import type { Cost, NodeCost, Uncounted } from "../plan/plug-in.js";
import type { Trace } from "../trace/open-trace.js";
import { countNodes, type Unknown } from "./count-nodes.js";
import type { Counting } from "./counting.js";
import { type Form, formsOf } from "./forms.js";
import { sizedBy } from "./sized.js";

/** Cost of a model of some stored bytes, or of what a cut would leave, from filtered layouts: no weight is read. */
export function costOf(trace: Trace, counting: Counting, stored: number, cut?: Cut): Cost {
  const forms = formsOf(trace, cut);
  const sum = (list: readonly Form[], count: (form: Form) => number): number =>
    list.reduce((all, form) => all + count(form), 0);
  const sized = sizedBy(trace, counting);
  const { total, uncounted } = totalOf(countNodes(trace, counting, sized.once, cut), trace);
  const twice = sized.sizes.length > 0 ? countNodes(trace, counting, sized.twice, cut) : [];
  const macsAtTwice = totalOf(twice, trace).total;
  return {
    macs: total,
    parameters: sum(forms, counting.parameters) + elementsInside(trace),
    bytes: cut ? stored + sum(forms, counting.bytes) - sum(formsOf(trace), counting.bytes) : stored,
    ...(sized.sizes.length > 0 && { sizes: sized.sizes }),
    ...(sized.sizes.length > 0 && total !== null && macsAtTwice !== null && { macsAtTwice }),
    ...(uncounted && { uncounted }),
  };
}

/** Elements of parameters inside bodies, which stay as they are. */
const elementsInside = ({ source }: Trace): number =>
  (source.inside ?? []).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

/** Cost per node; a tensor counts at the first node that reads it. */
export function costsOf(trace: Trace, counting: Counting, cut?: Cut): NodeCost[] {
  const { nodes } = trace.source;
  const parameters = new Float64Array(nodes.length);
  for (const form of formsOf(trace, cut)) parameters[form.node]! += counting.parameters(form);
  const counts = countNodes(trace, counting, sizedBy(trace, counting).once, cut);
  return nodes.map(({ name, op, outputs }, i) => {
    const macs = counts[i] as number | Unknown;
    return {
      node: name || (outputs[0] ?? ""),
      op,
      macs: typeof macs === "number" ? macs : null,
      parameters: parameters[i] as number,
    };
  });
}

function totalOf(
  counts: readonly (number | Unknown)[],
  { source }: Trace,
): { readonly total: number | null; readonly uncounted?: Uncounted } {
  let total = 0;
  let nodes = 0;
  let first: Omit<Uncounted, "nodes"> | undefined;
  counts.forEach((count, at) => {
    if (typeof count === "number") total += count;
    else {
      nodes++;
      const { name, op, outputs } = source.nodes[at] as (typeof source.nodes)[number];
      first ??= { node: name || (outputs[0] ?? ""), op, why: count.why };
    }
  });
  return first ? { total: null, uncounted: { nodes, ...first } } : { total };
}

import type { Uncounted } from "../plan/plug-in.js";

/** Why MACs can't be told. */
export const uncountedText = ({ nodes, node, op, why }: Uncounted): string =>
  `MACs are not known: ${nodes === 1 ? "one node can't" : `${nodes} nodes can't`} be counted, ${nodes === 1 ? "" : "first "}${op} "${node}": ${why}`;

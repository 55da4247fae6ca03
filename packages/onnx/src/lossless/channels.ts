import type { OnnxNode } from "../operators/node.js";
import { recordOf } from "../operators/operators.js";
import type { Channels } from "../operators/record.js";

/** What becomes of a channel's cells at a node. */
export const channelsOf = (node: OnnxNode): Channels => recordOf(node)?.channels ?? "mixed";

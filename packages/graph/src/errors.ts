import { catalogue, type ErrorClass, type ErrorOf } from "@prune/errors";
import { uncountedText } from "./account/uncounted.js";
import type { Finding } from "./cut/finding.js";
import type { Uncounted } from "./plan/plug-in.js";

const didYouMean = (meant: readonly string[], starts = false): string =>
  `${starts ? "D" : "d"}id you mean ${meant.map((name) => `\`${name}\``).join(" or ")}?`;

/** What can go wrong, by code: each message says what, where and what to do. */
const messages = {
  "unknown-tensor": ({ tensor }: { tensor: string }): string =>
    `There is no tensor "${tensor}" in this graph. \`trace.axes()\` lists what can be a root.`,
  "unknown-axis": ({ tensor, dim }: { tensor: string; dim: number }): string =>
    `Dim ${dim} of "${tensor}" carries no names: it is fixed. \`trace.frozen()\` says why.`,
  "index-range": ({
    tensor,
    dim,
    index,
    size,
  }: {
    tensor: string;
    dim: number;
    index: number;
    size: number;
  }): string =>
    `Index ${index} is outside dim ${dim} of "${tensor}", which has ${size} positions (0 to ${size - 1}).`,
  frozen: ({ tensor, dim, why }: { tensor: string; dim: number; why: string }): string =>
    `These positions of dim ${dim} of "${tensor}" must stay: ${why}. Choose other indices.`,
  "broken-plan": ({ findings }: { findings: readonly Finding[] }): string =>
    `This plan can't be cut: ${findings
      .slice(0, 3)
      .map(({ text }) => text)
      .join(
        "; ",
      )}${findings.length > 3 ? `; and ${findings.length - 3} more` : ""}. Leave out the units that these are about; \`findings\` of the cut lists all of them.`,
  "too-many-names": ({ names, limit }: { names: number; limit: number }): string =>
    `The axes of this model have over ${limit.toLocaleString("en")} positions that could be pruned (${names.toLocaleString("en")}), which is more than is followed. If its shapes are right, ignore the largest layers; else export it again.`,
  "impossible-shape": ({
    node,
    op,
    tensor,
    shape,
  }: {
    node: string;
    op: string;
    tensor: string;
    shape: readonly unknown[];
  }): string =>
    `Node "${node}" (${op}) would make "${tensor}" of the shape [${shape.join(", ")}], which no tensor has: its attributes or inputs don't fit together. Export the model again.`,
  "bad-permutation": ({
    node,
    op,
    order,
    rank,
  }: {
    node: string;
    op: string;
    order: readonly number[];
    rank: number;
  }): string =>
    `Node "${node}" (${op}) puts the dims of a tensor of rank ${rank} in the order [${order.slice(0, 8).join(", ")}], which is none. Export the model again.`,
  "unknown-macs": ({ uncounted }: { uncounted: Uncounted | undefined }): string =>
    `${uncounted ? uncountedText(uncounted) : "MACs are not known"}. Give the size with \`sizes\` (--size) where it has a name, or set the budget on parameters, bytes or latency.`,
  "bad-size": ({ name, size }: { name: string; size: number }): string =>
    `The size of "${name}" can't be ${size}: sizes are whole numbers from 0.`,
  "unknown-size": ({
    name,
    open,
    meant,
  }: {
    name: string;
    open: readonly string[];
    meant: readonly string[];
  }): string =>
    open.length === 0
      ? `This model leaves no size open, so that "${name}" can't be given one.`
      : `This model leaves no size "${name}" open${meant.length > 0 ? ` (did you mean ${meant.map((one) => `"${one}"`).join(" or ")}?)` : ""}: it has ${open.slice(0, 12).join(", ")}${open.length > 12 ? ` and ${open.length - 12} more` : ""}.`,
  "bad-rule": ({ node, op, what }: { node: string; op: string; what: string }): string =>
    `The rule of "${op}" ${what} at node "${node}". A rule returns the layout of each output of the node, in order, \`{ layout: undefined }\` for one whose shape is not known, or \`kit.opaque(why)\`.`,
  "unknown-option": ({
    by,
    option,
    names,
    meant,
  }: {
    by: string;
    option: string;
    names: readonly string[];
    meant: readonly string[];
  }): string =>
    `${by} has no option \`${option}\`: ${meant.length > 0 ? didYouMean(meant) : `it has ${names.join(", ") || "none"}.`}`,
  "unknown-word": ({
    by,
    option,
    given,
    words,
    meant,
  }: {
    by: string;
    option: string;
    given: string;
    words: readonly string[];
    meant: readonly string[];
  }): string =>
    `The option \`${option}\` of ${by} can't be "${given}": ${words.length === 0 ? "it is no text." : `it is one of ${words.join(", ")}.`}${meant.length > 0 ? ` ${didYouMean(meant, true)}` : ""}`,
  cyclic: ({ node }: { node: string }): string =>
    `Node "${node}" uses a tensor that is not made before it. Sort the nodes first.`,
} as const;

/** What an error of each code carries. */
export type GraphErrorDetail = {
  readonly [Code in keyof typeof messages]: Parameters<(typeof messages)[Code]>[0];
};
/** What `GraphError.code` can be: a key of the package's messages. */
export type GraphErrorCode = keyof GraphErrorDetail;

/** The error of this package: `code` and `detail` are for programs, the message for people. */
export type GraphError<Code extends GraphErrorCode = GraphErrorCode> = ErrorOf<GraphErrorDetail, Code>;
export const GraphError: ErrorClass<GraphErrorDetail> = /* @__PURE__ */ catalogue(
  "@prune/graph",
  "GraphError",
  messages,
);

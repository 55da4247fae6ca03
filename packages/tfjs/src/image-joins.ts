import { type Join, joining } from "@prune/graph/rules";

/** What is put side by side of images whose channels lie last, and of those where they lie second. */
export type ByFormat<Node> = (last: string, first: string) => (node: Node) => Join;

/** Patterns of operators on images and their filters, window first: the same in both formats, which state the layout each in its own way. */
export interface ImageJoins<Node> {
  readonly byFormat: ByFormat<Node>;
  /** A convolution: filters are inputs x outputs. */
  readonly filtered: (node: Node) => Join;
  /** A transposed convolution: filters are outputs x inputs. */
  readonly spreadOver: (node: Node) => Join;
  /** A depthwise convolution, one filter for each channel. */
  readonly eachChannel: (node: Node) => Join;
  /** Channels made of all that is read, with a bias for each. */
  readonly makes: (node: Node) => Join;
}

export function imageJoins<Node>(channelDim: (node: Node, rank: number) => number): ImageJoins<Node> {
  const byFormat: ByFormat<Node> = (last, first) => {
    const joins = [joining(last), joining(first)] as const;
    return (node) => joins[channelDim(node, 4) === 1 ? 1 : 0];
  };
  return {
    byFormat,
    filtered: byFormat("n * i, * i o -> n * o", "n i *, * i o -> n o *"),
    spreadOver: byFormat("n * i, * o i -> n * o", "n i *, * o i -> n o *"),
    eachChannel: byFormat("n * c, * c 1 -> n * c", "n c *, * c 1 -> n c *"),
    makes: byFormat("n * x, o -> n * o", "n x *, o -> n o *"),
  };
}

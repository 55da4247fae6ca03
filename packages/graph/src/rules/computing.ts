import type { Dim } from "../names/dim.js";
import type { GraphNode, Outcome, Rule } from "../trace/graph.js";
import type { Kit } from "../trace/kit.js";

/** Contents of more elements aren't followed: sizes and positions are few. */
export const mostFollowed: number = 1 << 14;

/** What a tensor holds. */
interface Known {
  readonly shape: readonly number[];
  readonly data: ArrayLike<Dim>;
}

/**
 * A rule that also says what outputs hold wherever `evaluate` can compute it from what inputs hold: sizes that exporters work
 * out with Shape, float arithmetic, Where, Range and the like.
 */
export const computing =
  <N extends GraphNode>(
    rule: Rule<N>,
    evaluate: (node: N, kit: Kit) => readonly Known[] | undefined,
  ): Rule<N> =>
  (node, kit) => {
    const known = evaluate(node, kit);
    const outcome = rule(node, kit);
    if (!known) return outcome;
    const outcomes: readonly (Outcome | undefined)[] = Array.isArray(outcome)
      ? outcome
      : [outcome as Outcome];
    return known.map(({ shape, data }, i): Outcome => {
      const given = outcomes[i];
      const layout = given && ("factors" in given ? given : given.layout);
      const agrees = layout && String(kit.shape(layout)) === String(shape);
      return {
        layout: agrees ? layout : kit.fixed(shape),
        data: data.length > mostFollowed ? undefined : Array.from(data),
      };
    });
  };

/** Contents without symbols. */
export const numbers = (data: readonly Dim[] | undefined): readonly number[] | undefined =>
  data?.every((d) => typeof d === "number") ? (data as readonly number[]) : undefined;

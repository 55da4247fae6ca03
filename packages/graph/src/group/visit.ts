import type { Reached, Walk } from "./walk.js";

/** A reached axis in the order of a walk, and where the walk came from. */
export interface Visit {
  readonly axis: number;
  readonly from: number;
  /** The node it went over; -1 for the root, and for parameters that nothing on the way leads to. */
  readonly node: number;
}

/** The axes that some kept slot reaches, breadth-first from the root; what only steps aside reach comes last. */
export function visit({ axes }: Walk, keeps: Uint8Array): Visit[] {
  const order: Visit[] = [{ axis: 0, from: 0, node: -1 }];
  const seen = new Uint8Array(axes.length);
  seen[0] = 1;
  const mark = new Int32Array(keeps.length).fill(-1);
  const go = (from: number, aside: boolean): void => {
    const { marks, steps } = axes[from] as Reached;
    for (const slot of marks.slots) if (keeps[slot] === 1) mark[slot] = from;
    for (const step of steps) {
      if (step.aside !== aside || seen[step.to] === 1) continue;
      if (!(axes[step.to] as Reached).marks.slots.some((slot) => mark[slot] === from)) continue;
      seen[step.to] = 1;
      order.push({ axis: step.to, from, node: step.node });
    }
  };
  let next = 0;
  const ahead = (): void => {
    for (; next < order.length; next++) go((order[next] as Visit).axis, false);
  };
  ahead();
  for (let i = 0; i < order.length; i++) {
    go((order[i] as Visit).axis, true);
    ahead();
  }
  axes.forEach(({ named, marks }, axis) => {
    if (seen[axis] === 1 || named.axis.role === "activation") return;
    if (marks.slots.some((slot) => keeps[slot] === 1)) order.push({ axis, from: 0, node: -1 });
  });
  return order;
}

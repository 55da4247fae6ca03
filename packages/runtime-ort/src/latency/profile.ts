import { RuntimeError, reasonOf } from "../error.js";
import type { Session } from "../session.js";

/** One operator as the runtime ran it, after its own rewriting of the graph. */
export interface Kernel {
  /** The runtime's name of the node: the original's, or one made from it. */
  readonly name: string;
  readonly op: string;
  /** Milliseconds of every run. */
  readonly ms: readonly number[];
}

/** A session with onnxruntime's profiler in it. */
export interface Profiled {
  readonly session: Session;
  /** Every operator of the runs so far, in the order they run; ends the session. */
  kernels(): Promise<Kernel[]>;
  /** Ends the session where it is open still, and removes what the profiler wrote. */
  close(): Promise<void>;
}

/** What is read of an event of the profile; times in microseconds. */
export interface Event {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: { readonly op_name?: string; readonly node_index?: string };
}

/** Events of the file that the profiler writes. */
export function eventsIn(text: string): Event[] {
  try {
    return JSON.parse(text) as Event[];
  } catch (error) {
    throw new RuntimeError("no-profile", { reason: reasonOf(error) }, { cause: error });
  }
}

const suffix = "_kernel_time";

/** Events of operators as kernels; those inside another (bodies of loops and branches) count with it. */
export function kernelsOf(events: readonly Event[]): Kernel[] {
  const outer: Event[] = [];
  let end = -Infinity;
  const timed = events.filter(({ cat, name }) => cat === "Node" && name.endsWith(suffix));
  for (const event of timed.sort((a, b) => a.ts - b.ts || b.dur - a.dur)) {
    if (event.ts < end) continue;
    outer.push(event);
    end = event.ts + event.dur;
  }
  const times = new Map<string, { readonly event: Event; readonly list: number[] }>();
  for (const event of outer) {
    const key = `${event.args?.node_index} ${event.name}`;
    const known = times.get(key) ?? { event, list: [] };
    known.list.push(event.dur / 1000);
    times.set(key, known);
  }
  return [...times.values()].map(({ event, list }) => ({
    name: event.name.slice(0, -suffix.length),
    op: event.args?.op_name ?? "",
    ms: list,
  }));
}

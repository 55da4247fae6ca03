/**
 * What a run is timed by: `wall`, the time that passes; `cpu`, the time that the process computes, which another
 * program on the machine hardly changes. On an idle machine they are the same for one thread. A browser only has the
 * first.
 */
export type Clock = (typeof clocks)[number];

export const clocks = ["wall", "cpu"] as const;

/** Milliseconds of work, by a clock. */
export async function timed(work: () => Promise<unknown>, clock: Clock): Promise<number> {
  const isCounted = clock === "cpu" && typeof process === "object" && typeof process.cpuUsage === "function";
  const from = isCounted ? process.cpuUsage() : undefined;
  const start = performance.now();
  await work();
  const wall = performance.now() - start;
  if (!from) return wall;
  const { user, system } = process.cpuUsage(from);
  // Other threads of the process would count too; one thread computes no longer than time passes.
  return Math.min(wall, (user + system) / 1000);
}

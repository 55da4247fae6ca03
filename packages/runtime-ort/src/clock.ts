/**
 * What a run is timed by: `wall`, the time that passes; `cpu`, the time that the process computes, which another
 * program on the machine hardly changes. On an idle machine they are the same for one thread.
 */
export type Clock = "wall" | "cpu";

/** Milliseconds of work, by a clock. */
export async function timed(work: () => Promise<unknown>, clock: Clock): Promise<number> {
  const from = process.cpuUsage();
  const start = performance.now();
  await work();
  const wall = performance.now() - start;
  if (clock === "wall") return wall;
  const { user, system } = process.cpuUsage(from);
  // Other threads of the process would count too; one thread computes no longer than time passes.
  return Math.min(wall, (user + system) / 1000);
}

// `pnpm sweep:cost [FEW MANY [queue|folder]]`: what a candidate costs a queue on Redis, in commands, bytes and memory, as the difference of two sweeps of
// other lengths, and what a worker costs that only waits; and what that makes of 10,000 candidates on 100 workers.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Redis } from "ioredis";
import { startRedis } from "../../packages/sweep/test/servers.js";
import { bundledCommand, ended, glyphsPlan, planFile, started, startedWorker } from "./command.js";

const home = mkdtempSync(join(tmpdir(), "sweep-cost-"));
const command = await bundledCommand();

interface Sums {
  readonly commands: number;
  readonly received: number;
  readonly sent: number;
}

async function sums(client: Redis): Promise<Sums> {
  const text = await client.info("stats");
  const of = (name: string): number => Number(new RegExp(`${name}:(\\d+)`).exec(text)?.[1]);
  return {
    commands: of("total_commands_processed"),
    received: of("total_net_input_bytes"),
    sent: of("total_net_output_bytes"),
  };
}

const less = (a: Sums, b: Sums): Sums => ({
  commands: a.commands - b.commands,
  received: a.received - b.received,
  sent: a.sent - b.sent,
});

/** Bytes of all keys of a kind. */
async function held(
  client: Redis,
  pattern: string,
): Promise<{ readonly keys: number; readonly bytes: number }> {
  const keys = await client.keys(pattern);
  const sizes = await Promise.all(keys.map((key) => client.memory("USAGE", key, "SAMPLES", 0)));
  return { keys: keys.length, bytes: sizes.reduce((sum: number, size) => sum + (size ?? 0), 0) };
}

/** A sweep of so many candidates with one worker, which is told to stop when it is done. */
async function swept(candidates: number, place: "queue" | "folder") {
  const folder = join(home, `${place} ${candidates}`);
  mkdirSync(folder);
  const redis = await startRedis();
  const client = new Redis(redis.url);
  const queue = ["--queue", redis.url, ...(place === "folder" ? ["--store", join(folder, "store")] : [])];
  const plan = planFile(folder, glyphsPlan(candidates));
  const sweep = started(
    command,
    ["sweep", plan, "-o", join(folder, "out"), ...queue],
    join(folder, "sweep.log"),
  );
  const waiting = async (): Promise<number> => client.llen("bull:prune:wait");
  while ((await waiting()) < candidates) await setTimeout(200);
  const asked = await held(
    client,
    "bull:prune:????????????????????????????????????????????????????????????????",
  );
  const begin = await sums(client);
  const worker = startedWorker(
    command,
    ["--folder", join(folder, "work"), ...queue],
    join(folder, "work.log"),
  );
  if ((await ended(sweep)) !== 0) throw new Error(`see ${folder}/sweep.log`);
  const used = less(await sums(client), begin);
  const kept = await held(
    client,
    "bull:prune:????????????????????????????????????????????????????????????????",
  );
  const outcomes = await held(client, "prune:outcomes:*");
  const files = await held(client, "prune:files:*");
  const events = await held(client, "bull:prune:events");
  const before = await sums(client);
  await setTimeout(30_000);
  const idle = less(await sums(client), before);
  worker.kill("SIGTERM");
  await ended(worker);
  client.disconnect();
  await redis.close();
  return { asked, kept, outcomes, files, events, used, idle };
}

const [few = 20, many = 60] = process.argv.slice(2, 4).map(Number);
const [, , , , only] = process.argv;
for (const place of ["queue", "folder"] as const) {
  if (only !== undefined && only !== place) continue;
  const [small, large] = [await swept(few, place), await swept(many, place)];
  const used = less(large.used, small.used);
  const each = (bytes: number): string => (bytes / (many - few)).toFixed(0);
  console.log(`store: ${place}`);
  console.log(
    `  commands ${each(used.commands)}, received ${each(used.received)} bytes, sent ${each(used.sent)} bytes a candidate`,
  );
  console.log(
    `  memory a candidate: waiting ${each(large.asked.bytes - small.asked.bytes)}, ended ${each(large.kept.bytes - small.kept.bytes)}, outcome ${each(large.outcomes.bytes - small.outcomes.bytes)} bytes`,
  );
  console.log(
    `  files left: ${large.files.keys} with ${large.files.bytes} bytes after ${many} candidates; events ${large.events.bytes} bytes`,
  );
  console.log(
    `  a worker that waits: ${(large.idle.commands / 30).toFixed(2)} commands, ${(large.idle.received / 30).toFixed(0)} bytes received, ${(large.idle.sent / 30).toFixed(0)} sent a second`,
  );
  const total = (value: number): string => `${((10_000 * value) / (many - few) / 1e6).toFixed(1)}`;
  console.log(
    `  10,000 candidates: ${total(used.commands)} M commands, ${total(used.received)} MB received, ${total(used.sent)} MB sent, ${total(large.kept.bytes - small.kept.bytes + large.outcomes.bytes - small.outcomes.bytes)} MB held at the end`,
  );
}
rmSync(home, { recursive: true });

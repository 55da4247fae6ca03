// `pnpm sweep:hosts [CANDIDATES]`, as root on Linux: a sweep on five hosts, which are network and UTS namespaces of this
// machine on a bridge: the coordinator, Redis (TLS, a user of few rights), two workers, and an S3-compatible store. While it
// runs, one worker is cut off the network for longer than its lock lasts, and Redis is stopped and started. Results have to
// be those of threads, with every candidate noted once.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { secret } from "../../packages/sweep/test/s3.js";
import { certificateIn, rights } from "../../packages/sweep/test/servers.js";
import { bundledCommand, ended, glyphsPlan, planFile, resultsOf, started } from "./command.js";

const [candidates = 40] = process.argv.slice(2).map(Number);
const home = mkdtempSync(join(tmpdir(), "sweep-hosts-"));
const word = "aWordForTheQueue";
const hosts = ["sweep", "redis", "work1", "work2", "bucket"] as const;
type Host = (typeof hosts)[number];
const prefix = `p${process.pid % 10_000}`;
const spaceOf = (host: Host): string => `${prefix}-${host}`;
const addressOf = (host: Host): string => `10.177.0.${hosts.indexOf(host) + 2}`;
const ip = (...args: string[]): void => void execFileSync("ip", args, { stdio: "pipe" });

const bridge = `${prefix}br`;
const cable = (host: Host): string => `${prefix}v${hosts.indexOf(host)}`;

function connectAll(): void {
  ip("link", "add", bridge, "type", "bridge");
  ip("addr", "add", "10.177.0.1/24", "dev", bridge);
  ip("link", "set", bridge, "up");
  for (const host of hosts) {
    const space = spaceOf(host);
    ip("netns", "add", space);
    ip("link", "add", cable(host), "type", "veth", "peer", "name", "eth0", "netns", space);
    ip("link", "set", cable(host), "master", bridge, "up");
    for (const args of [
      ["addr", "add", `${addressOf(host)}/24`, "dev", "eth0"],
      ["link", "set", "eth0", "up"],
      ["link", "set", "lo", "up"],
    ])
      ip("-n", space, ...args);
  }
}

function removeAll(): void {
  for (const args of [...hosts.map((host) => ["netns", "del", spaceOf(host)]), ["link", "del", bridge]])
    try {
      ip(...args);
    } catch {
      // It was never made.
    }
}

const running: ChildProcess[] = [];

/** A program on a host, under the host's own name. */
function on(host: Host, program: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const out = openSync(join(home, `${host}.log`), "a");
  const named = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', host, ...program];
  const child = spawn("ip", ["netns", "exec", spaceOf(host), ...named], {
    stdio: ["ignore", out, out],
    env: { ...process.env, PRUNE_IN_ONE_PROCESS: "1", ...env },
  });
  running.push(child);
  return child;
}

const log = (host: Host): string => readFileSync(join(home, `${host}.log`), "utf8");
let wrong = 0;
const complain = (what: string): void => {
  wrong++;
  console.error(`WRONG: ${what}`);
};

async function main(): Promise<void> {
  const command = await bundledCommand();
  const plan = planFile(home, glyphsPlan(candidates));
  const alone = started(
    command,
    ["sweep", plan, "-o", join(home, "alone"), "--threads", "1"],
    join(home, "alone.log"),
  );
  if ((await ended(alone)) !== 0) throw new Error(readFileSync(join(home, "alone.log"), "utf8"));
  connectAll();
  const tls = certificateIn(home, addressOf("redis"));
  const data = join(home, "redis");
  mkdirSync(data);
  const startRedis = (): ChildProcess =>
    on("redis", [
      "redis-server",
      ...["--port", "0", "--tls-port", "6379", "--tls-auth-clients", "no", "--bind", addressOf("redis")],
      ...["--tls-cert-file", tls.certificate, "--tls-key-file", tls.key, "--tls-ca-cert-file", tls.authority],
      ...["--dir", data, "--save", "", "--appendonly", "yes", "--appendfsync", "always"],
      ...["--user", "worker", "on", `>${word}`, ...rights, "--user", "default", "off"],
    ]);
  let redis = startRedis();
  await setTimeout(1000);
  if (redis.exitCode !== null) throw new Error(log("redis"));
  on("bucket", [process.execPath, "--import", "tsx", "tooling/sweep/bucket.ts", addressOf("bucket"), "9000"]);
  while (!log("bucket").includes("listens")) await setTimeout(200);
  const env = {
    PRUNE_QUEUE: `rediss://worker:${word}@${addressOf("redis")}:6379`,
    NODE_EXTRA_CA_CERTS: tls.authority,
    AWS_ACCESS_KEY_ID: "me",
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_ENDPOINT_URL_S3: `http://${addressOf("bucket")}:9000`,
  };
  const store = ["--store", "s3://sweeps/glyphs"];
  const workers = (["work1", "work2"] as const).map((host) =>
    on(
      host,
      [
        ...[process.execPath, "--single-threaded", command, "work", ...store],
        ...["--lock", "4", "--folder", join(home, `${host}-folder`)],
      ],
      env,
    ),
  );
  const out = join(home, "out");
  const sweep = on("sweep", [process.execPath, command, "sweep", plan, "-o", out, ...store], env);
  const noted = (): number => {
    try {
      return readFileSync(join(out, "journal.jsonl"), "latin1").split("\n").length - 1;
    } catch {
      return 0;
    }
  };
  const until = async (count: number): Promise<void> => {
    while (noted() < count && sweep.exitCode === null) await setTimeout(20);
  };
  await until(Math.floor(candidates / 4));
  ip("link", "set", cable("work1"), "down");
  await setTimeout(10_000);
  ip("link", "set", cable("work1"), "up");
  console.log(`one worker was cut off for 10 s; ${noted()} of ${candidates} candidates are noted`);
  await until(Math.floor(candidates / 2));
  redis.kill("SIGTERM");
  await ended(redis);
  await setTimeout(1000);
  redis = startRedis();
  console.log(`Redis was stopped and started; ${noted()} of ${candidates} candidates are noted`);
  const code = await Promise.race([ended(sweep), setTimeout(300_000, "late" as const)]);
  if (code !== 0) throw new Error(`the sweep ended with ${code}: ${log("sweep").slice(-2000)}`);
  for (const worker of workers) worker.kill("SIGTERM");
  const codes = await Promise.race([Promise.all(workers.map(ended)), setTimeout(60_000, "late" as const)]);
  if (String(codes) !== "0,0") complain(`workers ended with ${codes}`);
  const [here, there] = [resultsOf(join(home, "alone")), resultsOf(out)];
  if (here.sha256 !== there.sha256) complain("results are not those of threads");
  const lines = readFileSync(join(out, "journal.jsonl"), "utf8").trimEnd().split("\n");
  if (lines.length !== candidates) complain(`${lines.length} outcomes are noted`);
  const by = (["work1", "work2"] as const).map(
    (host) => log(host).match(/^[0-9a-f]{12} bytes/gm)?.length ?? 0,
  );
  if (Math.min(...by) === 0) complain("a worker has done nothing");
  const all = [...hosts.map(log), readFileSync(join(out, "results.json"), "utf8"), ...lines].join("\n");
  if (all.includes(word) || all.includes(secret)) complain("a secret is written down");
  const names = hosts.flatMap((host) => log(host).match(/on (work[12])$/gm) ?? []);
  console.log(
    `${candidates} candidates, ${by.join(" and ")} by two workers (${names.join(", ")}), results ${there.sha256.slice(0, 16)} ${wrong === 0 ? "as by threads" : ""}`,
  );
}

try {
  await main();
} finally {
  for (const child of running) child.kill("SIGKILL");
  await Promise.all(running.map(ended));
  removeAll();
  rmSync(home, { recursive: true });
}
process.exitCode = wrong > 0 ? 1 : 0;

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** A server of a database, on a port of its own. */
export interface DatabaseServer {
  readonly url: string;
  readonly pid: number;
  /** Ends it at once, or by another signal. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on what it wrote. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const found = (name: string): string | undefined => {
  try {
    return execFileSync("which", [name], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
};

/** Why there is no Redis here; undefined where there is. */
export const noRedis: string | undefined = found("redis-server")
  ? undefined
  : "redis-server is not installed";

const binaries = (): string | undefined => {
  const place = found("initdb");
  if (place) return place.slice(0, -"/initdb".length);
  return ["17", "16", "15", "14"]
    .map((version) => `/usr/lib/postgresql/${version}/bin`)
    .find((folder) => existsSync(`${folder}/initdb`));
};

/** PostgreSQL refuses to run as root, so that another user is needed then. */
const other = process.getuid?.() === 0 ? userOf("postgres") : undefined;

function userOf(name: string): { readonly uid: number; readonly gid: number } | undefined {
  try {
    const of = (what: string): number =>
      Number(execFileSync("id", [what, name], { encoding: "utf8", stdio: "pipe" }));
    return { uid: of("-u"), gid: of("-g") };
  } catch {
    return undefined;
  }
}

/** Why there is no PostgreSQL here; undefined where there is. */
export const noPostgres: string | undefined = !binaries()
  ? "PostgreSQL is not installed"
  : process.getuid?.() === 0 && !other
    ? "PostgreSQL does not run as root, and there is no user postgres"
    : undefined;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function answers(port: number): Promise<boolean> {
  const { connect } = await import("node:net");
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function server(
  start: (port: number) => ChildProcess,
  url: (port: number) => string,
  remove: () => void,
): Promise<DatabaseServer> {
  const port = await freePort();
  let child: ChildProcess;
  const begin = async (): Promise<void> => {
    child = start(port);
    for (let i = 0; i < 600 && !(await answers(port)); i++) await setTimeout(50);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  };
  await begin();
  return {
    url: url(port),
    get pid() {
      return child.pid as number;
    },
    kill: (signal = "SIGKILL") => end(signal),
    start: begin,
    async close() {
      await end("SIGKILL");
      remove();
    },
  };
}

/** Files of a server's certificate, and of the authority that signed it. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

/** Why there is no TLS here; undefined where there is. */
export const noTls: string | undefined =
  noRedis ?? (found("openssl") ? undefined : "openssl is not installed");

/** Makes an authority of its own, and a certificate that it signs. */
export function certificateIn(folder: string, address = "127.0.0.1"): Certificate {
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { stdio: "pipe" });
  const rsa = ["-newkey", "rsa:2048", "-nodes"];
  openssl("req", "-x509", ...rsa, "-keyout", at("ca.key"), "-out", at("ca.crt"), "-subj", "/CN=An authority");
  openssl("req", ...rsa, "-keyout", at("redis.key"), "-out", at("redis.csr"), "-subj", "/CN=redis");
  writeFileSync(at("names"), `subjectAltName=IP:${address}`);
  const signed = ["-CA", at("ca.crt"), "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at("names")];
  openssl("x509", "-req", "-in", at("redis.csr"), ...signed, "-out", at("redis.crt"));
  return { certificate: at("redis.crt"), key: at("redis.key"), authority: at("ca.crt") };
}

/** A Redis that flushes every command to its append-only file; with a certificate, one that speaks TLS alone. */
export function startRedis(tls?: Certificate): Promise<DatabaseServer> {
  const folder = mkdtempSync(join(tmpdir(), "redis-"));
  const ports = (port: number): readonly string[] =>
    tls
      ? [
          ...["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "no"],
          ...["--tls-cert-file", tls.certificate, "--tls-key-file", tls.key],
          ...["--tls-ca-cert-file", tls.authority],
        ]
      : ["--port", String(port)];
  return server(
    (port) =>
      spawn(
        "redis-server",
        [
          ...ports(port),
          "--bind",
          "127.0.0.1",
          "--dir",
          folder,
          "--save",
          "",
          "--appendonly",
          "yes",
          "--appendfsync",
          "always",
        ],
        { stdio: "ignore" },
      ),
    (port) => `${tls ? "rediss" : "redis"}://127.0.0.1:${port}`,
    () => rmSync(folder, { recursive: true, force: true }),
  );
}

export function startPostgres(): Promise<DatabaseServer> {
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  chmodSync(folder, 0o700);
  if (other) chownSync(folder, other.uid, other.gid);
  const bin = binaries() as string;
  const how = { cwd: "/", ...other, stdio: "ignore" as const };
  execFileSync(
    `${bin}/initdb`,
    ["-D", `${folder}/data`, "-U", "prune", "-A", "trust", "--no-sync", "-E", "UTF8"],
    how,
  );
  return server(
    (port) =>
      spawn(
        `${bin}/postgres`,
        [
          "-D",
          `${folder}/data`,
          "-p",
          String(port),
          "-c",
          "listen_addresses=127.0.0.1",
          "-c",
          `unix_socket_directories=${folder}`,
          "-c",
          "max_connections=60",
        ],
        how,
      ),
    (port) => `postgres://prune@127.0.0.1:${port}/postgres`,
    () => rmSync(folder, { recursive: true, force: true }),
  );
}

/** Rights of a user of Redis that are enough for a sweep and its workers, as docs/sweeps.md has them. */
export const rights: readonly string[] = [
  "~bull:*",
  "~prune:*",
  "+@all",
  "-@admin",
  "-@dangerous",
  "+info",
  "+client|list",
];

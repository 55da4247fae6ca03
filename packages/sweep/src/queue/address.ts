import { SweepError } from "../errors.js";

/** Where a queue is. */
export interface Address {
  readonly kind: "redis" | "postgres";
  /** With a password where there is one: never to be shown. */
  readonly url: string;
  /** To be shown. */
  readonly masked: string;
}

/** A URL without what is secret in it: passwords, and values of parameters. */
export function masked(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password !== "") parsed.password = "***";
    for (const name of [...parsed.searchParams.keys()]) parsed.searchParams.set(name, "***");
    return parsed.toString();
  } catch {
    // What is no URL may hold a password anywhere.
    return "(not a URL)";
  }
}

/** A text with a URL's secrets taken out, as errors of clients may hold them. */
export function withoutSecrets(text: string, url: string): string {
  let clean = text.replaceAll(url, masked(url));
  try {
    const { password } = new URL(url);
    for (const secret of [password, decodeURIComponent(password)])
      if (secret !== "") clean = clean.replaceAll(secret, "***");
  } catch {
    // No URL, no password in it.
  }
  return clean;
}

/**
 * The queue at a URL: `redis://`, `rediss://` or `postgres://`. A URL with a password belongs into the environment
 * (`PRUNE_QUEUE`), as every process of a machine sees what others were started with.
 * @throws {SweepError} "bad-queue"
 */
export function addressOf(
  given: string | undefined,
  environment: string | undefined = process.env.PRUNE_QUEUE,
): Address {
  const url = given ?? environment;
  if (url === undefined || url === "")
    throw new SweepError("bad-queue", {
      url: "",
      why: "say where it is: `--queue redis://host:6379`, or PRUNE_QUEUE in the environment",
    });
  const shown = masked(url);
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new SweepError("bad-queue", {
      url: shown,
      why: "it is no URL such as redis://host:6379 or postgres://host/database",
    });
  }
  if (given !== undefined && parsed.password !== "")
    throw new SweepError("bad-queue", {
      url: shown,
      why: "a URL with a password belongs into the environment: PRUNE_QUEUE=... and no `--queue`",
    });
  if (/^rediss?:$/.test(parsed.protocol)) return { kind: "redis", url, masked: shown };
  if (/^postgres(ql)?:$/.test(parsed.protocol)) return { kind: "postgres", url, masked: shown };
  throw new SweepError("bad-queue", { url: shown, why: "it must be redis://, rediss:// or postgres://" });
}

import { openAsBlob } from "node:fs";
import type { AwsClient } from "aws4fetch";
import { reasonOf, SweepError } from "../errors.js";
import { sha256 } from "../job/canonical.js";
import { type ContentStore, checkHash } from "./store.js";

export interface S3Options {
  readonly bucket: string;
  /** Put before all keys, such as "sweeps/". @default "" */
  readonly prefix?: string;
  /** Such as "http://localhost:9000"; buckets are part of the path. @default that of AWS in the region */
  readonly endpoint?: string;
  /** @default "us-east-1" */
  readonly region?: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Contents in an S3-compatible store; it checks their sha256 itself, which is part of what is signed. */
export async function s3Store({
  bucket,
  prefix = "",
  endpoint,
  region = "us-east-1",
  ...keys
}: S3Options): Promise<ContentStore> {
  const { AwsClient } = await import("aws4fetch").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new SweepError("not-installed", { module: "aws4fetch", why: "for a store in S3" });
  });
  const client: AwsClient = new AwsClient({ ...keys, region, service: "s3", retries: 4 });
  const home = `${(endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/$/, "")}/${bucket}/${prefix}`;
  const name = `s3://${bucket}/${prefix}`;
  const at = (kind: "files" | "outcomes", hash: string): string => `${home}${kind}/${checkHash(hash)}`;
  const ask = async (url: string, init: RequestInit, allowed: readonly number[]): Promise<Response> => {
    let answer: Response;
    try {
      answer = await client.fetch(url, init);
    } catch (error) {
      throw new SweepError("store-failed", { where: name, why: reasonOf(error) }, { cause: error });
    }
    if (answer.ok || allowed.includes(answer.status)) return answer;
    // What a server says may repeat what was sent: only its code is shown.
    const [, code = ""] = /<Code>(\w+)<\/Code>/.exec(await answer.text().catch(() => "")) ?? [];
    throw new SweepError("store-failed", { where: name, why: `it answered ${answer.status} ${code}`.trim() });
  };
  const put = async (url: string, body: Blob, hash: string, isFirst: boolean): Promise<void> => {
    const headers = { "x-amz-content-sha256": hash, ...(isFirst && { "if-none-match": "*" }) };
    await (await ask(url, { method: "PUT", body, headers }, isFirst ? [409, 412] : [])).body?.cancel();
  };
  const outcome = async (job: string): Promise<string | undefined> => {
    const answer = await ask(at("outcomes", job), {}, [404]);
    const text = await answer.text();
    return answer.ok ? text : undefined;
  };
  return {
    name,
    isShared: true,
    async has(hash) {
      const answer = await ask(at("files", hash), { method: "HEAD" }, [404]);
      return answer.ok;
    },
    async get(hash) {
      const answer = await ask(at("files", hash), {}, [404]);
      if (answer.ok) return (answer.body ?? undefined) as AsyncIterable<Uint8Array> | undefined;
      await answer.body?.cancel();
      return undefined;
    },
    put: async (hash, from) =>
      put(
        at("files", hash),
        from instanceof Uint8Array
          ? new Blob([from as Uint8Array<ArrayBuffer>])
          : await openAsBlob(from.path),
        hash,
        false,
      ),
    remove: async (hash) => void (await ask(at("files", hash), { method: "DELETE" }, [404])),
    outcome,
    async noteOutcome(job, json) {
      await put(at("outcomes", job), new Blob([json]), sha256(json), true);
      return (await outcome(job)) ?? json;
    },
    close: async () => {},
  };
}

/**
 * The store that `s3://bucket/prefix` names, with keys, region and endpoint out of the environment, as the tools of AWS
 * have them: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL_S3.
 */
export function s3StoreAt(url: string, env: NodeJS.ProcessEnv = process.env): Promise<ContentStore> {
  const { hostname: bucket, pathname } = new URL(url);
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (!accessKeyId || !secretAccessKey)
    throw new SweepError("store-failed", {
      where: `s3://${bucket}`,
      why: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not in the environment",
    });
  const endpoint = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  const path = pathname.replace(/^\/+|\/+$/g, "");
  return s3Store({
    bucket,
    prefix: path === "" ? "" : `${path}/`,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    ...(endpoint && { endpoint }),
    ...(region && { region }),
  });
}

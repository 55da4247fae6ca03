import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Version {
  readonly name: string;
  readonly version: string;
  readonly dist?: object;
}

interface Published {
  readonly versions: Record<string, Version>;
  readonly "dist-tags": Record<string, string>;
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>;
}

export interface Registry {
  readonly url: string;
  /** Names and versions that were published. */
  published(): string[];
  close(): void;
}

/** An npm registry in memory for one scope: `npm publish` and `npm install` work with it, and nothing leaves the machine. */
export async function openRegistry(): Promise<Registry> {
  const packages = new Map<string, Pick<Published, "versions" | "dist-tags">>();
  const files = new Map<string, Buffer>();
  const server: Server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname).slice(1);
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.method === "PUT") {
      publish(path, JSON.parse(String(await bodyOf(request))) as Published);
      return send(201, { ok: true });
    }
    const file = files.get(path);
    if (file) return void response.writeHead(200, { "content-type": "application/octet-stream" }).end(file);
    const found = packages.get(path);
    return found ? send(200, { name: path, ...found }) : send(404, { error: "not found" });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  function publish(name: string, given: Published): void {
    const before = packages.get(name) ?? { versions: {}, "dist-tags": {} };
    const [attachment] = Object.values(given._attachments);
    const bytes = Buffer.from(attachment?.data ?? "", "base64");
    for (const version of Object.values(given.versions)) {
      const path = `${name}/-/${version.version}.tgz`;
      files.set(path, bytes);
      const dist = {
        tarball: url + path,
        integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
        shasum: createHash("sha1").update(bytes).digest("hex"),
      };
      before.versions[version.version] = { ...version, dist };
    }
    packages.set(name, {
      versions: before.versions,
      "dist-tags": { ...before["dist-tags"], ...given["dist-tags"] },
    });
  }

  return {
    url,
    published: () =>
      [...packages].flatMap(([name, { versions }]) => Object.keys(versions).map((v) => `${name}@${v}`)),
    close: () => void server.close(),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

import { createHash, createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import { sha256 } from "../src/job/canonical.js";

/** The secret key of "me". */
export const secret = "wJalrXUtnFEMI/K7MDENG";

/** An S3 of few words, which checks signatures (AWS Signature Version 4) and sums as the real one does. */
export function s3(objects: Map<string, Buffer>): Server {
  return createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const answer = (status: number, content: string | Buffer = ""): void =>
      void response.writeHead(status).end(request.method === "HEAD" ? "" : content);
    const said =
      /Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)/.exec(
        request.headers.authorization ?? "",
      );
    if (!said) return answer(403, "<Error><Code>AccessDenied</Code></Error>");
    const [, , day, region, names, signature] = said as unknown as string[];
    const sum = String(request.headers["x-amz-content-sha256"]);
    const url = new URL(request.url as string, "http://x");
    const headers = (names as string)
      .split(";")
      .map((name) => `${name}:${request.headers[name]}\n`)
      .join("");
    const asked = [request.method, url.pathname, url.searchParams.toString(), headers, names, sum].join("\n");
    const hmac = (key: string | Buffer, text: string): Buffer =>
      createHmac("sha256", key).update(text).digest();
    const key = [region as string, "s3", "aws4_request"].reduce(hmac, hmac(`AWS4${secret}`, day as string));
    const hash = createHash("sha256").update(asked).digest("hex");
    const text = [
      "AWS4-HMAC-SHA256",
      request.headers["x-amz-date"],
      `${day}/${region}/s3/aws4_request`,
      hash,
    ].join("\n");
    if (hmac(key, text).toString("hex") !== signature)
      return answer(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>");
    if (sum !== "UNSIGNED-PAYLOAD" && sum !== sha256(body))
      return answer(400, "<Error><Code>XAmzContentSHA256Mismatch</Code></Error>");
    const known = objects.get(url.pathname);
    if (request.method === "PUT") {
      if (known && request.headers["if-none-match"] === "*") return answer(412);
      objects.set(url.pathname, body);
      return answer(200);
    }
    if (request.method === "DELETE") objects.delete(url.pathname);
    if (request.method === "DELETE") return answer(204);
    return known ? answer(200, known) : answer(404, "<Error><Code>NoSuchKey</Code></Error>");
  });
}

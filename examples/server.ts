// An HTTP handler that prunes what is sent to it, and ends when the caller goes away.
// npm install @prune/workflow onnxruntime-node

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { nodeWorkflow } from "@prune/workflow/node";

const workflow = nodeWorkflow();
const server = createServer(async (request, response) => {
  const gone = new AbortController();
  response.on("close", () => gone.abort(new Error("the caller went away")));
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const ratio = Number(new URL(request.url ?? "/", "http://localhost").searchParams.get("ratio") ?? 0.3);
    const { bytes } = await workflow.prune(new Uint8Array(Buffer.concat(chunks)), {
      ratio,
      signal: gone.signal,
    });
    response.writeHead(200, { "content-type": "application/octet-stream" }).end(bytes);
  } catch (error) {
    if (gone.signal.aborted) return;
    const { code = "internal", message } = error as { code?: string; message: string };
    response
      .writeHead(400, { "content-type": "application/json" })
      .end(JSON.stringify({ error: { code, message } }));
  }
});
await new Promise<void>((ready) => server.listen(0, ready));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

// A caller, one that sends no model, and one that goes away.
const model = readFileSync("model.onnx");
const made = await fetch(`${url}?ratio=0.5`, { method: "POST", body: new Uint8Array(model) });
console.log("pruned:", (await made.arrayBuffer()).byteLength, "of", model.length, "bytes");
const refused = await fetch(url, { method: "POST", body: "no model" });
console.log("refused:", refused.status, ((await refused.json()) as { error: { code: string } }).error.code);
const left = await fetch(url, {
  method: "POST",
  body: new Uint8Array(model),
  signal: AbortSignal.timeout(20),
}).catch(() => "gone");
console.log("cancelled:", left === "gone");
server.close();
server.closeAllConnections();

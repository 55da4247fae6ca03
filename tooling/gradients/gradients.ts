// Differentiates every graph of the zoo by all of its float parameters and compares with central differences.
//   node --import tsx tooling/gradients/gradients.ts [NAME | FILE.onnx]...
import { appendFileSync, rmSync } from "node:fs";
import { hydrated, zooNames } from "../zoo/zoo.js";
import { checkGradients } from "./check.js";

const chosen = process.argv.slice(2);
for (const name of chosen.length > 0 ? chosen : zooNames()) {
  const path = name.endsWith(".onnx") ? name : await hydrated(name, { lively: true });
  if (!path) continue;
  try {
    const r = await checkGradients(path);
    console.log(name.padEnd(36), JSON.stringify(r));
    if (process.env.LOG) appendFileSync(process.env.LOG, `${JSON.stringify({ name, ...r })}\n`);
  } catch (error) {
    console.log(
      name.padEnd(36),
      "FAILED",
      error instanceof Error ? `${error.message.slice(0, 400)} ${error.stack?.split("\n")[1]}` : error,
    );
    if (process.env.LOG)
      appendFileSync(process.env.LOG, `${JSON.stringify({ name, failed: String(error).slice(0, 600) })}\n`);
  }
}
void rmSync;

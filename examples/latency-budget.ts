// No more than so much time on this machine: widths are chosen that run fast, and measured before anything is written.
// npm install @prune/workflow onnxruntime-node
import { pruneFile } from "@prune/workflow/node";

const { report } = await pruneFile("model.onnx", {
  out: "fast.onnx",
  target: { latency: "90%" },
  verifyTime: 10,
}).catch((error: { code?: string; message: string }) => {
  // On a machine that is busy with other things a budget may not be met, and then nothing is written.
  if (error.code !== "slower" && error.code !== "budget-missed") throw error;
  console.log("not written:", error.message);
  return { report: undefined };
});
if (report?.latency) console.log(report.latency.before.median, "ms ->", report.latency.after.median, "ms");

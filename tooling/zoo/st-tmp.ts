import { structureOf } from "./structure.js";

for (const n of process.argv.slice(2)) console.log(n + "\n" + structureOf(`/work/shared/zoo/${n}.onnx`));

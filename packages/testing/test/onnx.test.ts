import { testBackend } from "@prune/testing/vitest";
import { onnxSubject } from "./subjects.js";

testBackend("ONNX, in onnxruntime", onnxSubject);

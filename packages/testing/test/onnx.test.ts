import { testBackend } from "@prune/testing";
import { onnxSubject } from "./subjects.js";

testBackend("ONNX, in onnxruntime", onnxSubject);

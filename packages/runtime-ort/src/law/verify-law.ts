import type { Cut, Trace } from "@prune/graph";
import { type Model, modelToBytes, noEdit, type OnnxBackend, onnx } from "@prune/onnx";
import { RuntimeError } from "../error.js";
import { judge, type LawVerdict } from "./judge.js";
import { checkLaw, type Law, type LawOptions } from "./law.js";
import { toleranceOf } from "./tolerance.js";

/** How strictly a pruning is verified, and on how many inputs. */
export interface VerifyLawOptions extends LawOptions {
  /** The backend that made the cut, where it has rules of its own. @default onnx() */
  readonly backend?: OnnxBackend;
  /** The largest error that holds, relative to the largest masked output. @default by the model's number format */
  readonly tolerance?: number;
}

/**
 * The law `cut = mask` as `prune({ verify: verifyLaw() })` of `@prune/pruner` asks for it: runs the original, the masked
 * and the smaller model, and gives what was measured with the verdict.
 * @throws RuntimeError `law-broken` if it does not hold, so that no wrong model is handed on.
 */
export function verifyLaw({ backend = onnx(), tolerance, ...options }: VerifyLawOptions = {}) {
  return async (
    original: Model,
    smaller: Model,
    { trace, cut }: { readonly trace: Trace; readonly cut: Cut },
  ): Promise<Law & LawVerdict> => {
    const most = tolerance ?? toleranceOf(original);
    const law = await checkLaw(
      {
        original: original.file ?? modelToBytes(original, noEdit),
        masked: { model: original, edit: backend.mask(original, trace, cut) },
        cut: { model: smaller, edit: noEdit },
        living: (tensor, dims) => backend.living(trace, cut, tensor, dims),
      },
      { noiseAbove: most, ...options },
    );
    const verdict = judge(law, most);
    if (!verdict.holds) throw new RuntimeError("law-broken", { error: law.error, tolerance: most });
    return { ...law, ...verdict };
  };
}

import { schema } from "../../packages/workflow/src/options/schema.js";
import { typesText } from "./types.js";

const generated = `// biome-ignore-all format: generated from packages/workflow/src/options/table.ts by \`pnpm schema\`
`;

/** The files that are made from the table of options, by their paths in the repository. */
export const schemaFiles = (): Readonly<Record<string, string>> => ({
  "packages/workflow/src/options/config.ts": `${generated}\n${typesText()}`,
  "apps/cli/config.d.ts": `${generated}\n${typesText()}
/**
 * A configuration with its options checked and completed by the editor; the same object.
 * @example export default defineConfig({ target: { macs: 0.6 }, data: "photos" });
 */
export declare function defineConfig(config: ModuleConfig): ModuleConfig;

// What of these is not installed beside the command is \`any\`, and is checked when it is read.
// @ts-ignore
type Importance = import("@prune/graph").Importance;
// @ts-ignore
type Rules = import("@prune/onnx").Rules;
// @ts-ignore
type OnnxBackend = import("@prune/onnx").OnnxBackend;
// @ts-ignore
type Method = import("@prune/recovery").Method;

/** What a configuration that is a module may hold besides: objects, whose types come with the packages that make them. */
export interface ModuleConfig extends Omit<PruneConfig, "importance"> {
  /** A criterion by its name, or one: \`Importance\` of @prune/graph. */
  readonly importance?: string | Importance;
  /** Rules for operators of ONNX models; spread those of @prune/onnx: \`{ ...rules, "my.domain:Op": rule }\`. */
  readonly rules?: Rules;
  /** A backend of ONNX models, in place of rules: \`onnx({ operators })\` or \`extendBackend\` of @prune/onnx. */
  readonly backend?: OnnxBackend;
  /** Ways to refit layers on the samples of \`data\`, of which held-out samples choose: \`Method\` of @prune/recovery. */
  readonly methods?: readonly Method[];
}
`,
  "apps/cli/prune.config.schema.json": `${JSON.stringify(schema, null, 2)}\n`,
});

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

/** What a configuration that is a module may hold besides: see \`Importance\` of @prune/graph, \`rules\`, \`onnx\` and \`extendBackend\` of @prune/onnx, \`Method\` of @prune/recovery. */
export interface ModuleConfig extends Omit<PruneConfig, "importance"> {
  readonly importance?:
    | string
    | {
        readonly name: string;
        readonly needs: readonly string[];
        score(family: never, probe: never): Promise<Float32Array>;
      };
  /** Rules for operators of ONNX models; spread: \`{ ...rules, "my.domain:Op": rule }\`. */
  readonly rules?: Readonly<Record<string, (node: never, kit: never) => unknown>>;
  /** A backend of ONNX models, in place of rules. */
  readonly backend?: {
    readonly name: string;
    trace(model: never): unknown;
    edit(model: never, trace: never, cut: never): unknown;
    mask(model: never, trace: never, cut: never): unknown;
    withSizes(at: never): unknown;
    withNorms(norms: never): unknown;
  };
  /** Ways to refit layers on the samples of \`data\`, of which held-out samples choose layer by layer. */
  readonly methods?: readonly {
    readonly name: string;
    fit(moments: never, old: never): { readonly weights: Float64Array; readonly bias: Float64Array };
  }[];
}
`,
  "apps/cli/prune.config.schema.json": `${JSON.stringify(schema, null, 2)}\n`,
});

import { gradientRecords } from "@prune/autodiff/advanced";
import { noRule } from "../../packages/autodiff/src/records.js";
import { operators } from "../../packages/onnx/src/operators/operators.js";
import { schemaOf } from "../../packages/onnx/src/validate/schema.js";
import { operators as graphOperators } from "../../packages/tfjs/src/graph-model/operators/operators.js";
import { layers } from "../../packages/tfjs/src/layers-model/layers/layers.js";

/** What of a record the lists are made from. */
interface Described {
  readonly support: { readonly couples: string; readonly freezes: string };
}

/** docs/operators.md, from the records of all formats. */
export function supportText(): string {
  const rows = [...operators]
    .map(([operator, record]) => {
      const [name = "", domain = ""] = operator.split(":").reverse();
      return { ...record, name, domain };
    })
    .sort((a, b) => compare(a.domain, b.domain) || compare(a.name, b.name));
  const lines = rows.map(({ name, domain, support: { couples, freezes } }) => {
    const since = domain === "" ? schemaOf(name)?.since : undefined;
    const gradient = gradientText(domain ? `${domain}:${name}` : name);
    return `| ${name} | ${domain || "ai.onnx"} | ${since ?? ""} | ${couples} | ${freezes} | ${gradient} |`;
  });
  const standard = rows.filter(({ domain }) => domain === "").length;
  // The two halves of TimeDistributed are no classes of TensorFlow.js.
  const classes = new Map([...layers].filter(([kind]) => !kind.startsWith("@")));
  return `# Supported operators

Made from the records of operators by \`pnpm support\`; a test fails when it drifts. Positions of inputs to any other
operator stay as they are, with that as the reason; so do positions that the rules below freeze.

- [ONNX](#onnx): ${standard} operators of ONNX and ${rows.length - standard} of onnxruntime
- [TensorFlow.js GraphModels](#tensorflowjs-graphmodels): ${graphOperators.size} operators
- [TensorFlow.js LayersModels](#tensorflowjs-layersmodels): ${classes.size} classes of layers

## ONNX

Add a rule by spreading the table: \`onnx({ rules: { ...rules, "my.domain:Op": rule } })\`.

The last column says how \`@prune/autodiff\` differentiates the operator.

| operator | domain | since opset | couples | freezes | gradient |
|---|---|---|---|---|---|
${lines.join("\n")}

## TensorFlow.js GraphModels

Add a rule by spreading the table: \`tfjs({ graphRules: { ...graphRules, MyOp: rule } })\`.

| operator | couples | freezes |
|---|---|---|
${listed(graphOperators)}

## TensorFlow.js LayersModels

Add a rule by spreading the table: \`tfjs({ layerRules: { ...layerRules, MyLayer: rule } })\`.

| class | couples | freezes |
|---|---|---|
${listed(classes)}
`;
}

function gradientText(operator: string): string {
  const record = gradientRecords.get(operator);
  if (!record) return "";
  if ("without" in record) return record.without === noRule ? "none" : `none: ${record.without}`;
  if ("constant" in record) return "constant";
  return "writes" in record ? "of the plainer operators that it is written as" : "yes";
}

const listed = (records: ReadonlyMap<string, Described>): string =>
  [...records]
    .sort(([a], [b]) => compare(a, b))
    .map(([name, { support }]) => `| ${name} | ${support.couples} | ${support.freezes} |`)
    .join("\n");

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

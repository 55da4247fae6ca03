import { rules } from "@prune/onnx";
import { descriptions } from "./operators.js";
import { sinceOpset } from "./since-opset.js";

/** Rules without a description, and descriptions without a rule. */
export function undescribed(): string[] {
  const known = new Set(Object.keys(rules));
  const missing = [...known].filter((operator) => !descriptions.has(operator));
  const stale = [...descriptions.keys()].filter((operator) => !known.has(operator));
  return [...missing, ...stale].sort();
}

/** docs/operators.md, from the tables of rules. */
export function supportText(): string {
  const rows = Object.keys(rules)
    .map((operator) => {
      const [name = "", domain = ""] = operator.split(":").reverse();
      return { operator, name, domain };
    })
    .sort((a, b) => compare(a.domain, b.domain) || compare(a.name, b.name));
  const lines = rows.map(({ operator, name, domain }) => {
    const { couples = "", freezes = "" } = descriptions.get(operator) ?? {};
    return `| ${name} | ${domain || "ai.onnx"} | ${sinceOpset(operator) ?? ""} | ${couples} | ${freezes} |`;
  });
  const standard = rows.filter(({ domain }) => domain === "").length;
  return `# Supported operators

Made from the table of rules by \`pnpm support\`; a test fails when it drifts. ${standard} operators of ONNX and
${rows.length - standard} of onnxruntime are followed. Positions of inputs to any other operator stay as they are, with
that as the reason; so do positions that the rules below freeze. Add a rule by spreading the table:
\`onnx({ rules: { ...rules, "my.domain:Op": rule } })\`.

| operator | domain | since opset | couples | freezes |
|---|---|---|---|---|
${lines.join("\n")}
`;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

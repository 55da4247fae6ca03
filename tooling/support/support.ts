// Writes docs/operators.md.
//   pnpm support
import { writeFileSync } from "node:fs";
import { supportText, undescribed } from "./support-text.js";

const missing = undescribed();
if (missing.length > 0)
  throw new Error(`Describe in tooling/support/operators.ts what these do: ${missing.join(", ")}.`);
writeFileSync(new URL("../../docs/operators.md", import.meta.url), supportText());

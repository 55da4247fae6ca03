// Writes docs/operators.md.
//   pnpm support
import { writeFileSync } from "node:fs";
import { supportText } from "./support-text.js";

writeFileSync(new URL("../../docs/operators.md", import.meta.url), supportText());

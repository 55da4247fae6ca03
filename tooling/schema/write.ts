// Writes the JSON schema of prune.config.json.
//   npx tsx tooling/schema/write.ts && npx biome format --write apps/cli/prune.config.schema.json
import { writeFileSync } from "node:fs";
import { schema } from "../../packages/workflow/src/options/fields.js";

writeFileSync(
  new URL("../../apps/cli/prune.config.schema.json", import.meta.url),
  `${JSON.stringify(schema, null, 2)}\n`,
);

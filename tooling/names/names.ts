// Lists what the packages export: how many names by package and entry, names that mean different things in different
// packages, and names without a comment. Ends with 1 where there is one of either.
//   pnpm names [--all]    --all: every name, with where it is declared
import { parseArgs } from "node:util";
import { type Exported, exportedNames } from "./exported.js";

const { values } = parseArgs({ options: { all: { type: "boolean", default: false } } });
const names = exportedNames();

const byEntry = new Map<string, number>();
for (const { package: folder, entry } of names) {
  const key = entry === "" ? folder : `${folder}/${entry}`;
  byEntry.set(key, (byEntry.get(key) ?? 0) + 1);
}
for (const [entry, count] of byEntry) console.log(`${String(count).padStart(4)} ${entry}`);

const byName = new Map<string, Exported[]>();
for (const exported of names) byName.set(exported.name, [...(byName.get(exported.name) ?? []), exported]);
if (values.all)
  for (const [name, list] of [...byName].sort(([a], [b]) => a.localeCompare(b)))
    console.log(`${name}: ${list.map(({ declared }) => declared).join(", ")}`);

const ambiguous = [...byName].filter(([, list]) => new Set(list.map(({ declared }) => declared)).size > 1);
for (const [name, list] of ambiguous)
  console.log(`${name} means ${[...new Set(list.map(({ declared }) => declared))].join(" and ")}`);

const main = names.filter(({ entry }) => entry === "");
const bare = [...new Set(names.filter((one) => !one.isDocumented).map(({ declared }) => declared))];
for (const declared of bare) console.log(`no comment: ${declared}`);
console.log(
  `${new Set(main.map(({ declared }) => declared)).size} names in main entries, ${byName.size} in all; ` +
    `${ambiguous.length} with two meanings; ${bare.length} without a comment`,
);
process.exitCode = ambiguous.length > 0 || bare.length > 0 ? 1 : 0;

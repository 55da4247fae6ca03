import { stageContents } from "@prune/files";
import { temporaryFolder } from "@prune/files/advanced";

// Holds a staged file and a temporary folder until it is killed.
const [, , path = ""] = process.argv;
await stageContents(path, "half of it");
temporaryFolder();
process.stdout.write("held\n");
setInterval(() => {}, 1000);

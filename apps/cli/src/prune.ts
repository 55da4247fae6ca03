#!/usr/bin/env node
import { isSupervisor, supervised, underSupervision } from "./supervisor.js";

const args = process.argv.slice(2);
if (isSupervisor(args)) {
  process.exitCode = await supervised(import.meta.url, args);
} else {
  const tell = underSupervision();
  const { main } = await import("./main.js");
  process.exitCode = await main(args);
  tell(process.exitCode);
}

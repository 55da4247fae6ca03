#!/usr/bin/env node
// Any Node can read this file, so that an old one is told what it lacks in place of a syntax error.
"use strict";
var major = Number(process.versions.node.split(".")[0]);
if (major < 20) {
  console.error("prune: needs Node 20 or newer, and this is Node " + process.versions.node + ".");
  process.exitCode = 1;
} else {
  import("../dist/prune.js");
}

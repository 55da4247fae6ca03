import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
// @ts-expect-error: what builds the site is plain JavaScript
import { deadLinks } from "../dead-links.js";

test("links that lead nowhere are found, places of pages and files too", () => {
  const dist = mkdtempSync(join(tmpdir(), "prune-site-"));
  try {
    mkdirSync(join(dist, "guides"));
    writeFileSync(join(dist, "a.css"), "");
    writeFileSync(join(dist, "index.html"), '<h1 id="top"></h1> <a href="/guides/ci.html#one">');
    writeFileSync(
      join(dist, "guides/ci.html"),
      `<h1 id="one"></h1> <a href="https://example.org/nowhere"> <link href="/a.css"> <img src="../b.png">
       <a href="../index.html#top"> <a href="/#nowhere"> <a href="#two"> <a href="gone.html">`,
    );
    expect(deadLinks(dist)).toEqual([
      "guides/ci.html -> ../b.png",
      "guides/ci.html -> /#nowhere",
      "guides/ci.html -> #two",
      "guides/ci.html -> gone.html",
    ]);
  } finally {
    rmSync(dist, { recursive: true });
  }
});

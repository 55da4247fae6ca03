import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Links of a built site that lead nowhere, places of a page included: "guides/ci.html -> ../start.html#nowhere". */
export function deadLinks(dist) {
  const pages = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".html"),
  );
  const places = new Map(pages.map((name) => [name, idsIn(readFileSync(join(dist, name), "utf8"))]));
  return pages.flatMap((page) =>
    [...linksIn(readFileSync(join(dist, page), "utf8"))]
      .filter((link) => !leads(dist, places, page, link))
      .map((link) => `${page} -> ${link}`),
  );
}

const idsIn = (html) => new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));

function linksIn(html) {
  const all = [...html.matchAll(/\s(?:href|src)="([^"]+)"/g)].map(([, link]) =>
    link.replaceAll("&amp;", "&"),
  );
  return new Set(all.filter((link) => !/^[a-z]+:/i.test(link) && !link.startsWith("//")));
}

function leads(dist, places, page, link) {
  const [path, place] = link.split("#").map(decodeURI);
  const bare = path.split("?")[0];
  const from = bare.startsWith("/") ? "" : dirname(page);
  const target = bare === "" ? page : relative(dist, join(dist, from, bare));
  const file = [target, join(target, "index.html"), `${target}.html`].find(
    (name) => places.has(name) || (/\.\w+$/.test(name) && existsSync(join(dist, name))),
  );
  if (file === undefined) return false;
  return place === undefined || place === "" || !places.has(file) || places.get(file).has(place);
}

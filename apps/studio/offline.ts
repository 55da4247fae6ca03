import { createHash } from "node:crypto";
import type { Plugin } from "vite";

/** Adds a service worker that keeps every file of the build, so that the page works without a network after one visit. */
export function offline(): Plugin {
  return {
    name: "offline",
    apply: "build",
    generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter(
        // What runs on a graphics card is large, and few ask for it: it is kept once it was fetched.
        (name) => !name.endsWith(".map") && !name.includes("asyncify"),
      );
      const version = createHash("sha256").update(files.sort().join()).digest("hex").slice(0, 12);
      const source = `const cacheName = "studio-${version}";
const files = ${JSON.stringify(["./", ...files.filter((name) => name !== "index.html").map((name) => `./${name}`)])};
self.addEventListener("install", (event) =>
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(files)).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) =>
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name))))
    .then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== location.origin) return;
  event.respondWith(caches.match(event.request, { ignoreSearch: true }).then((found) => found ?? fetch(event.request).then(async (answer) => {
      if (answer.ok) await (await caches.open(cacheName)).put(event.request, answer.clone());
      return answer;
    })));
});
`;
      this.emitFile({ type: "asset", fileName: "offline.js", source });
    },
  };
}

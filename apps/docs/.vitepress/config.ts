import { defineConfig } from "vitepress";

const item = (text: string, link: string) => ({ text, link });

export default defineConfig({
  title: "prune",
  description:
    "Cut whole channels, heads and hidden units out of ONNX and TensorFlow.js models, and prove the result.",
  srcDir: "pages",
  outDir: "dist",
  cleanUrls: false,
  lastUpdated: false,
  markdown: { html: true },
  // What comes from docstrings may look like tags.
  vue: { template: { compilerOptions: { isCustomElement: (tag) => !tag.includes("-") && false } } },
  themeConfig: {
    search: { provider: "local" },
    nav: [item("Start", "/start"), item("Guides", "/guides/vision"), item("API", "/api/index")],
    sidebar: [
      {
        text: "Start",
        items: [
          item("In four steps", "/start"),
          item("Concepts", "/concepts"),
          item("Limits", "/limits"),
          item("FAQ", "/faq"),
        ],
      },
      {
        text: "Guides",
        items: [
          item("Vision", "/guides/vision"),
          item("Transformers", "/guides/transformers"),
          item("Decoders", "/guides/decoders"),
          item("Detectors", "/guides/detectors"),
          item("TensorFlow.js", "/guides/tfjs"),
          item("In a browser", "/guides/browser"),
          item("On a server", "/guides/server"),
          item("A budget in CI", "/guides/ci"),
          item("Latency on a device", "/guides/latency"),
          item("Many candidates", "/guides/sweep"),
        ],
      },
      {
        text: "Of your own",
        items: [
          item("A criterion", "/guides/own-criterion"),
          item("An operator", "/guides/own-operator"),
          item("A backend", "/guides/own-backend"),
          item("A recovery method", "/guides/own-recovery"),
          item("A session in steps", "/guides/interactive"),
        ],
      },
      { text: "Coming from Torch-Pruning", link: "/torch-pruning" },
      { text: "Gallery", link: "/gallery" },
      { text: "API reference", link: "/api/index" },
    ],
  },
});

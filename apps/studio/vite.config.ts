import react from "@vitejs/plugin-react";
import { defineConfig, type UserConfig } from "vite";
import { offline } from "./offline.js";

const config: UserConfig = defineConfig({
  base: "./",
  plugins: [react(), offline()],
  worker: { format: "es" },
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 4000 },
  optimizeDeps: { exclude: ["onnxruntime-web"] },
});

export default config;

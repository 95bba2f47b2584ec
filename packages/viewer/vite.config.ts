import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";
import solid from "vite-plugin-solid";

// One HTML file that also works from file://: everything is inlined, the engine's worker too (`?worker&inline`).
export default defineConfig({
  plugins: [solid(), viteSingleFile()],
  resolve: { conditions: ["source", "browser", "module", "import", "default"] },
  worker: { format: "iife" },
  build: { target: "es2022", reportCompressedSize: false },
});

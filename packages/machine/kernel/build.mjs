// Compiles strict-product.as.ts and writes src/compute/strict-product.wasm.ts. `--check` only compares.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("strict-product.as.ts", import.meta.url));
const target = fileURLToPath(new URL("../src/compute/strict-product.wasm.ts", import.meta.url));
const compiler = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");
const folder = mkdtempSync(join(tmpdir(), "kpu-kernel-"));
const wasm = join(folder, "kernel.wasm");
const options = [
  "-O3",
  "--noAssert",
  "--runtime",
  "stub",
  "--enable",
  "simd",
  "--initialMemory",
  "16",
  "--maximumMemory",
  "16",
];

execFileSync(process.execPath, [compiler, source, "-o", wasm, ...options], { stdio: "inherit" });
const hex = readFileSync(wasm).toString("hex");
rmSync(folder, { recursive: true });
const lines = hex.match(/.{1,110}/g) ?? [];
const text = `// Generated from kernel/strict-product.as.ts by \`npm run build:kernel\`; a test checks that it is up to date.

/** The compiled kernel (WebAssembly with 128-bit SIMD) as hexadecimal digits. */
export const strictProductWasm: string = [
${lines.map((line) => `  "${line}",`).join("\n")}
].join("");
`;
if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("strict-product.wasm.ts is out of date: run `npm run build:kernel`");
    process.exit(1);
  }
} else writeFileSync(target, text);

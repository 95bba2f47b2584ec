// Compiles each kernel of this folder and writes its bytes to src/<room>/<name>.wasm.ts. `--check` only compares.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Pages are 64 KiB. Blocks of products and of numbers have fixed sizes; an array's memory grows with the array. */
const kernels = [
  { name: "strict-product", room: "compute", constant: "strictProductWasm", memory: pages(16) },
  { name: "integer-product", room: "compute", constant: "integerProductWasm", memory: pages(16) },
  { name: "array-step", room: "compute", constant: "arrayStepWasm", memory: ["--initialMemory", "1"] },
  { name: "number-encode", room: "number-format", constant: "numberEncodeWasm", memory: pages(2) },
];

/** @param {number} count */
function pages(count) {
  return ["--initialMemory", String(count), "--maximumMemory", String(count)];
}

const options = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd"];
const compiler = createRequire(import.meta.url).resolve("assemblyscript/bin/asc.js");

/** @param {(typeof kernels)[number]} kernel */
function generatedText({ name, constant, memory }) {
  const source = fileURLToPath(new URL(`${name}.as.ts`, import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "kpu-kernel-"));
  const wasm = join(folder, "kernel.wasm");
  execFileSync(process.execPath, [compiler, source, "-o", wasm, ...options, ...memory], { stdio: "inherit" });
  const hex = readFileSync(wasm).toString("hex");
  rmSync(folder, { recursive: true });
  const lines = hex.match(/.{1,110}/g) ?? [];
  return `// Generated from kernel/${name}.as.ts by \`npm run build:kernel\`; a test checks that it is up to date.

/** The compiled kernel (WebAssembly with 128-bit SIMD) as hexadecimal digits. */
export const ${constant}: string = [
${lines.map((line) => `  "${line}",`).join("\n")}
].join("");
`;
}

for (const kernel of kernels) {
  const target = fileURLToPath(new URL(`../src/${kernel.room}/${kernel.name}.wasm.ts`, import.meta.url));
  const text = generatedText(kernel);
  if (!process.argv.includes("--check")) {
    writeFileSync(target, text);
  } else if (readFileSync(target, "utf8") !== text) {
    console.error(`${kernel.name}.wasm.ts is out of date: run \`npm run build:kernel\``);
    process.exitCode = 1;
  }
}

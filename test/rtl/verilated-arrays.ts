import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { arrayCycles, type Dataflow, SteppedArray } from "@kpu-sim/machine";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** Whether the arrays are to be built and run: they take minutes, so only where that is asked for. */
export const hasVerilator: boolean =
  process.env["KPU_RTL"] === "1" && spawnSync("verilator", ["--version"]).status === 0;

/** The number of each dataflow in product_bench.v. */
const flows: readonly Dataflow[] = ["output_stationary", "weight_stationary", "input_stationary"];

/** How many products of a dataflow were carried out in Verilog, and how many of them as here. */
export type RtlAgreement = {
  readonly dataflow: Dataflow;
  readonly products: number;
  readonly sameClocks: number;
  readonly sameElements: number;
};

type Product = {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
};

/** The shapes of all_sizes.v. */
const shapes = Array.from({ length: 15 }, (_, index) => index + 2).flatMap((size) =>
  size === 9 ? [[size, size] as const] : [[size, size] as const, [size, 18 - size] as const],
);

/** Builds the arrays with Verilator, and has each carry out products that fill it, that are ragged, and that have several folds. */
export function compareWithVerilog(): readonly RtlAgreement[] {
  const build = mkdtempSync(join(tmpdir(), "kpu-rtl-"));
  try {
    const sources = readdirSync(folder).filter((name) => name.endsWith(".v"));
    const options = ["--binary", "--timing", "-Wno-fatal", "-Wno-WIDTH", "-Wno-BLKSEQ", "-j", "2", "-CFLAGS", "-O0"];
    const files = ["--top-module", "all_sizes", "-Mdir", build, "-o", "arrays", ...sources];
    execFileSync("verilator", [...options, ...files], { cwd: folder, stdio: "pipe", maxBuffer: 2 ** 26 });
    return flows.map((dataflow, flow) => {
      const counts = { products: 0, sameClocks: 0, sameElements: 0 };
      for (const [rows, cols] of shapes) {
        const products = productsFor(rows, cols, flow);
        const printed = runCases(build, rows, cols, flow, products);
        let place = 0;
        for (const { m, n, k, a, b } of products) {
          const clocks = printed[place];
          const elements = printed.slice(place + 1, place + 1 + m * n);
          place += 1 + m * n;
          const stepped = new SteppedArray({ rows, cols, dataflow }, { m, n, k, a, b });
          const cycles = stepped.run();
          counts.products++;
          if (clocks === cycles && clocks === arrayCycles({ rows, cols, systolic: true, dataflow }, m, n, k))
            counts.sameClocks++;
          if (elements.length === m * n && elements.every((value, index) => value === stepped.result[index]))
            counts.sameElements++;
        }
      }
      return { dataflow, ...counts };
    });
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
}

function runCases(
  build: string,
  rows: number,
  cols: number,
  flow: number,
  products: readonly Product[],
): readonly number[] {
  const path = join(build, "cases.hex");
  const words = products.flatMap(({ m, n, k, a, b }) => [m, n, k, ...a, ...b]);
  const lines = [products.length, ...words].map((word) => `${(word >>> 0).toString(16)}\n`);
  writeFileSync(path, lines.join(""));
  const parameters = [`+rows=${rows}`, `+cols=${cols}`, `+flow=${flow}`, `+cases=${path}`];
  const ran = spawnSync(join(build, "arrays"), parameters, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (ran.status !== 0) throw new Error(`The arrays stopped: ${ran.stdout.slice(-500)}${ran.stderr.slice(-500)}`);
  return ran.stdout
    .split("\n")
    .filter((line) => /^-?\d+$/.test(line))
    .map(Number);
}

function productsFor(rows: number, cols: number, seed: number): readonly Product[] {
  let state = (rows * 131 + cols * 17 + seed + 1) >>> 0;
  const below = (bound: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // the constants of Numerical Recipes
    return Math.floor((state / 2 ** 32) * bound);
  };
  const bytes = (count: number): Float32Array => Float32Array.from({ length: count }, () => below(256) - 128);
  const sizes = [
    [rows, cols, rows],
    [1, 1, 1],
    ...Array.from({ length: 6 }, () => [1 + below(2 * rows + 5), 1 + below(2 * cols + 5), 1 + below(40)]),
  ];
  return sizes.map(([m = 1, n = 1, k = 1]) => ({ m, n, k, a: bytes(m * k), b: bytes(k * n) }));
}

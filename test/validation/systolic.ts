import { arrayAccesses, arrayCycles, mappingUtilization, overallUtilization } from "@kpu-sim/machine";
import {
  alexNet,
  goldenProducts,
  lookUpRows,
  type PublishedProduct,
  registerTransferLevel,
  squareProducts,
} from "../../packages/machine/test/published/figures.ts";
import type { ValidationRow } from "./validation-row.ts";

const command = 'npx vitest run test/validation -t "systolic"';

const shapeOf = ({ rows, cols, dataflow }: PublishedProduct) => ({ rows, cols, systolic: true, dataflow });

function cycleRow(product: PublishedProduct, source: string): ValidationRow {
  const { name, dataflow, rows, cols, m, n, k, cycles } = product;
  return {
    id: `systolic ${name} ${m} x ${n} x ${k}, ${dataflow}, ${rows} x ${cols}: cycles`,
    quantity: `${name}: ${m} x ${n} x ${k} on ${rows} x ${cols}, ${dataflow.replaceAll("_", "-")}`,
    source,
    published: cycles,
    ours: arrayCycles(shapeOf(product), m, n, k),
    unit: "cycles",
    tolerance: 0,
    command,
  };
}

/** Cycles of products on one array, as SCALE-Sim, LLMCompass' tables and hardware give them. */
export function cycleRows(): readonly ValidationRow[] {
  const scaleSim =
    "SCALE-Sim v3 (1d62b68), its golden traces and runs of it; it prints the index of the last cycle, one less";
  return [
    ...registerTransferLevel.map((product) =>
      cycleRow(product, "Verilog arrays under Verilator 5.006, clocks counted"),
    ),
    ...[...goldenProducts, ...squareProducts, ...alexNet].map((product) => cycleRow(product, scaleSim)),
    ...lookUpRows.map((product) => cycleRow(product, "LLMCompass (2e015fd), look-up tables of array cycles")),
  ];
}

/** Accesses of the array's operand and result memories, and shares of the array in use. */
export function accessRows(): readonly ValidationRow[] {
  const source = "SCALE-Sim v3 (1d62b68), DETAILED_ACCESS_REPORT and COMPUTE_REPORT";
  const accesses = [...alexNet, ...goldenProducts].flatMap((product) => {
    const { name, dataflow, m, n, k } = product;
    const counted = arrayAccesses(shapeOf(product), { m, n, k });
    return Object.entries(product.accesses).map(([kind, published]) => {
      const ours = Object.entries(counted).find(([key]) => key === kind)?.[1];
      const words = kind.replace(/[A-Z]/g, (letter) => ` ${letter}`);
      return {
        id: `systolic ${name}, ${dataflow}: ${kind}`,
        quantity: `${name}, ${dataflow.replaceAll("_", "-")}: ${words.replace(/ (Reads|Writes)/, (word) => word.toLowerCase())}`,
        source,
        published,
        ours: typeof ours === "number" ? ours : Number.NaN,
        unit: "words",
        tolerance: 0,
        command,
      };
    });
  });
  const mappings = alexNet.map((product) => ({
    id: `systolic ${product.name}: mapping efficiency`,
    quantity: `${product.name}: share of the array that is mapped to`,
    source,
    published: product.mapping,
    ours: mappingUtilization(shapeOf(product), product),
    unit: "",
    tolerance: 0,
    command,
  }));
  const utilizations = lookUpRows.map((product) => {
    const { m, n, k, rows, cols, cycles, utilizationPercent } = product;
    return {
      id: `systolic LLMCompass ${m} x ${n} x ${k} on ${rows} x ${cols}: utilization`,
      quantity: `${m} x ${n} x ${k} on ${rows} x ${cols}: utilization`,
      source: "LLMCompass (2e015fd), look-up tables, over the cycles as printed, rounded to three decimals",
      published: utilizationPercent,
      ours: (100 * overallUtilization(shapeOf(product), { m, n, k }) * cycles) / (cycles - 1),
      unit: "%",
      tolerance: 0.0005 / utilizationPercent,
      command,
    };
  });
  return [...accesses, ...mappings, ...utilizations];
}

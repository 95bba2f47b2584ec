import { compareWithVerilog } from "../rtl/verilated-arrays.ts";
import type { ValidationRow } from "./validation-row.ts";

/** Products carried out by arrays of our own in Verilog, under Verilator. */
export function rtlRows(): readonly ValidationRow[] {
  return compareWithVerilog().flatMap(({ dataflow, products, sameClocks, sameElements }) => {
    const row = (what: string, ours: number): ValidationRow => ({
      id: `rtl ${dataflow}: ${what}`,
      quantity: `${dataflow.replaceAll("_", "-")}: products with the same ${what}`,
      source:
        "Verilog arrays in test/rtl (2 x 2 to 16 x 16 and 2 x 16 to 16 x 2, int8 operands, int32 sums), Verilator 5.006",
      published: products,
      ours,
      unit: "products",
      tolerance: 0,
      command: 'KPU_RTL=1 npx vitest run test/validation -t "rtl"',
    });
    return [row("clocks", sameClocks), row("elements", sameElements)];
  });
}

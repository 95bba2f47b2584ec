import { hasReferenceData } from "../../packages/machine/test/published/reference-data.ts";
import { hasVerilator } from "../rtl/verilated-arrays.ts";
import { bandwidthRows, loneReadRows, randomTrafficRows } from "./dram.ts";
import { energyRows } from "./dram-energy.ts";
import { searchRows } from "./mapping-search.ts";
import { rtlRows } from "./rtl.ts";
import { fileRows, goldenRows, tableRows, traceRows } from "./scalesim.ts";
import { accessRows, cycleRows } from "./systolic.ts";
import { rows as timeloopRows } from "./timeloop-energy.ts";
import type { ValidationSection } from "./validation-row.ts";

/** Everything that is compared with figures of others, in the order of the page. */
export const sections: readonly ValidationSection[] = [
  {
    title: "Cycles of a systolic array",
    note:
      "We report how many cycles a product takes, from the first operand at the edge to the last result, as hardware counts them. " +
      "SCALE-Sim prints the index of the last cycle, which is one less: one is added to what it prints. Ours are the cycles of the " +
      "compute tile (`arrayCycles`); that the array stepped element by element takes the same is tested besides.",
    rows: cycleRows,
  },
  {
    title: "Arrays in Verilog",
    note:
      "Products of ragged sizes and several folds on arrays of our own in Verilog, beside the array stepped element by element and the closed form of its cycles. The " +
      "array's own registers say when a fold is over. The arrays are built and run only where that is asked for (KPU_RTL=1, with Verilator installed); elsewhere the counts are those that were found.",
    isAvailable: hasVerilator,
    rows: rtlRows,
  },
  {
    title: "Accesses and use of a systolic array",
    note: "Words that pass the edges of the array (`arrayAccesses`), and how much of the array works.",
    rows: accessRows,
  },
  {
    title: "Whole tables and report files",
    note:
      "How many rows of published tables, and files of reports and traces, are equal: files byte for byte. This needs the published files; without them the " +
      "counts are those that were found where they were.",
    isAvailable: hasReferenceData,
    rows: () => [...tableRows(), ...fileRows(), ...traceRows()],
  },
  {
    title: "SCALE-Sim's reports",
    note:
      "Cycles with stalls and traffic between its buffers and DRAM, in its own numbering, as `kpu scalesim` writes them. The buffers are SCALE-Sim's, with " +
      "their ways of counting (a wait counts twice, for one); they say nothing about the memories of a KPU.",
    rows: goldenRows,
  },
  {
    title: "DRAM: lone reads",
    note:
      "Clocks of the memory for a read that nothing else delays. We count from the request at the controller to the end of its data. " +
      "Ramulator's theory leaves the burst out, so it is taken off ours; DRAMsim3 takes one clock more to hand the data back, so it is added.",
    rows: loneReadRows,
  },
  {
    title: "DRAM: bandwidth",
    note:
      "Published peaks are rounded. A stream of reads is simulated over 40 refresh intervals; the published figure is what one rank's " +
      "refreshes leave by arithmetic. Where a part has several ranks (HBM3, HBM4) a stream is in one at a time and meets the " +
      "refreshes of all of them: there the difference is stated without a claim.",
    rows: bandwidthRows,
  },
  {
    title: "DRAM: random traffic beside another simulator",
    note: "DRAMsim3 keeps a queue for each bank and drains writes by another rule, so that the two differ; the difference is stated, and no claim is made.",
    rows: randomTrafficRows,
  },
  {
    title: "Energy: DRAM by commands",
    note:
      "Energies by our rule of the commands and states that DRAMsim3 counted, from the same currents. What it prints as pJ is volts times milliamperes times clocks; times the " +
      "clock it is energy.",
    rows: energyRows,
  },
  {
    title: "Energy: Timeloop's exercises",
    note:
      "Cycles and energies of loop nests on small memory hierarchies, from counts of accesses and the exercises' own tables. This is " +
      "the account by accesses (`test/validation/loop-nest.ts`), not the simulated machine. Five constants of the tables are taken from exercise 04's output, so that its rows check the counts alone. Of exercise 06 the " +
      "table is not published: its cycles, every count of accesses (in the test) and the DRAM's energy are compared.",
    rows: () => [...timeloopRows(), ...searchRows()],
  },
];

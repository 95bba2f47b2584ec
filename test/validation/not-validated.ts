/** What no published figure stands behind, so that nobody takes a row above for more than it is. */
export const notValidated: readonly { readonly what: string; readonly why: string }[] = [
  {
    what: "The whole machine against silicon",
    why: "No figures of a KPU have been published. End-to-end times are the sum of parts that are checked one by one, and of rules that are our own (docs/timing-model.md).",
  },
  {
    what: "DMA engines, block movers, streamers and their sharing of ports",
    why: "The original simulator publishes the cycles of its own example alone. Checked against an independent executor of the same rules in tests, not against a machine.",
  },
  {
    what: "ONNXim's tile cycles (39 and 47 for one and two preloads on 8 x 8)",
    why: "They contain the depth of Gemmini's mesh pipeline, which this array does not have.",
  },
  {
    what: "ZigZag's energies and cycles",
    why: "They depend on the mapping that its search finds; no data file is published with it.",
  },
  {
    what: "Measured GPUs (LLMCompass' A100 and MI210 tables)",
    why: "They are of other machines; nothing here is fitted to them.",
  },
  {
    what: "Energies of the memories on the chip in Timeloop's exercise 06, and its examples of whole accelerators",
    why: "Their tables are not published with them. Exercise 06's accesses are counted, and its DRAM's energy follows.",
  },
  { what: "TPU v1's measured throughput", why: "It contains software and input feeding that no model here describes." },
  { what: "Power-down of DRAM", why: "Its states are counted; no published run with power-down was compared with." },
  {
    what: "Energies of caches and DRAM in the table horowitz_45nm",
    why: "Quoted from the talk by others; the original was not at hand.",
  },
];

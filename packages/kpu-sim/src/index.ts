/** The KPU simulator: everything that scripts and applications use. */
export * from "@kpu-sim/formats";
export * from "@kpu-sim/machine";
export * from "@kpu-sim/program";
export * from "@kpu-sim/system";

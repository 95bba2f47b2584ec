import { checkTopology, findingText } from "@kpu-sim/formats";
import { KpuError } from "@kpu-sim/machine";
import type { JsonObject } from "./json-object.ts";
import { textOf } from "./query-arguments.ts";

/** The layers of a topology of SCALE-Sim. Errors: KPU_CONFIG with everything that is wrong with it. */
export function scaleSimTopology(args: JsonObject): unknown {
  const { kind } = args;
  const { layers, errors } = checkTopology(
    textOf(args, "text"),
    kind === "gemm" || kind === "convolution" ? kind : undefined,
  );
  if (errors.length === 0) return layers;
  const faults = errors.map(findingText);
  throw new KpuError("KPU_CONFIG", ["the topology cannot be read:", ...faults].join("\n  "), {
    reason: "value",
    faults,
  });
}

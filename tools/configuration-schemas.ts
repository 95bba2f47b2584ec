// What tools/configuration-files.mjs writes out, in one module that it bundles.
import { presetNames, presets } from "@kpu-sim/formats";
import { toJsonSchema } from "@valibot/to-json-schema";
import { kpuFileSchema } from "../packages/formats/src/kpu/kpu-schema.ts";
import { systemFileSchema } from "../packages/formats/src/system/system-schema.ts";
import { workloadSchema } from "../packages/formats/src/workload/workload-schema.ts";

export const schemas = {
  kpu: toJsonSchema(kpuFileSchema),
  system: toJsonSchema(systemFileSchema),
  // Names, places and credits are checked by reading them, which JSON Schema cannot say.
  workload: toJsonSchema(workloadSchema, { errorMode: "ignore" }),
};
export { presetNames, presets };

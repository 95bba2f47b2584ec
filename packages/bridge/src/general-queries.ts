import { configurationQueries } from "./configuration-files.ts";
import type { JsonObject } from "./json-object.ts";
import { describe } from "./queries.ts";
import { scaleSimTopology } from "./scalesim-files.ts";
import { systemQueries } from "./system-files.ts";
import { workloadConfig } from "./workloads.ts";

const queries = new Map<string, (args: JsonObject) => unknown>([
  ["describe", describe],
  ["workloadConfig", workloadConfig],
  ["scaleSimTopology", scaleSimTopology],
  ...Object.entries(configurationQueries),
  ...Object.entries(systemQueries),
]);

/** A question that needs no simulator; `undefined` for names of other questions. */
export function generalQuery(method: string): ((args: JsonObject) => unknown) | undefined {
  return queries.get(method);
}

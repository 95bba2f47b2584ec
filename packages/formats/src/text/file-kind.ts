import type { Findings } from "./findings.ts";
import type { SourceNode } from "./source-node.ts";

/** What files describe, and who reads them. */
const kinds = {
  kpu: {
    keys: ["host_memory", "external_memory", "on_chip_memory", "data_movement", "compute", "address_map"],
    what: "the configuration of one KPU",
  },
  system: { keys: ["system", "host", "accelerators", "interconnect"], what: "the description of a whole system" },
  workload: { keys: ["kind", "version", "areas", "semaphores", "program"], what: "a workload" },
} as const;

export type FileKind = keyof typeof kinds;

/**
 * Whether a file is of the kind that is wanted, as far as its top keys tell. One of another kind gets one error that says what it is,
 * instead of one for each of its keys.
 */
export function isOfKind(wanted: FileKind, root: SourceNode, findings: Findings): boolean {
  if (root.kind !== "map") return true;
  const has = (kind: FileKind): number => kinds[kind].keys.filter((key) => root.entries.has(key)).length;
  if (has(wanted) > 0) return true;
  const other = (["kpu", "system", "workload"] as const).find((kind) => kind !== wanted && has(kind) > 1);
  if (other === undefined) return true;
  findings.error([], `the file is ${kinds[other].what}, not ${kinds[wanted].what}`);
  return false;
}

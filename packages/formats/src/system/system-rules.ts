import { checkedConfig, KpuError, mostLatencyCycles } from "@kpu-sim/machine";
import type { Findings } from "../text/findings.ts";
import type { Path } from "../text/source-node.ts";
import { notesOfLinks } from "./link-notes.ts";
import type { AcceleratorDescription, KpuSystemConfig, SystemDescription } from "./system-description.ts";
import { hostLinkOf, machineConfigOf, peerLinkOf, type SystemLink } from "./system-machines.ts";

/** What a description must and should be like beyond the kinds of its values. */
export function judgeSystem(system: SystemDescription, findings: Findings): void {
  if (system.system.name === "") findings.error(["system", "name"], "is missing: a system has a name");
  judgeModules(system, findings);
  const { accelerators } = system;
  if (accelerators.length === 0) findings.warning(["accelerators"], "is empty: the system has a host only");
  const ids = new Set<string>();
  for (const [index, accelerator] of accelerators.entries()) {
    const path = ["accelerators", index];
    if (accelerator.id === "") findings.error([...path, "id"], "is missing: an accelerator is asked for by its id");
    else if (ids.has(accelerator.id)) findings.error([...path, "id"], `is '${accelerator.id}', as that of another one`);
    ids.add(accelerator.id);
    judgeAccelerator(system, accelerator, path, findings);
  }
  if (accelerators.length > 1 && system.interconnect.accelerator_to_accelerator.type === "None") {
    const message = "is 'None' although there are several accelerators: they exchange data through the host";
    findings.warning(["interconnect", "accelerator_to_accelerator", "type"], message);
  }
  judgeLink(hostLinkOf(system), ["interconnect", "host_to_accelerator"], findings);
  judgeLink(peerLinkOf(system), ["interconnect", "accelerator_to_accelerator"], findings);
  for (const { path, message } of notesOfLinks(system)) findings.warning(path, message);
}

/** What a group of machines asks of its links. */
function judgeLink(link: SystemLink | undefined, path: Path, findings: Findings): void {
  if (link === undefined) return;
  const { bandwidthGbps, latencyCycles = 0 } = link;
  if (bandwidthGbps === 0) findings.error(path, "has a link of 0 GB/s: bandwidths must be above 0");
  if (latencyCycles > mostLatencyCycles) {
    findings.error(path, `has a link of ${latencyCycles} cycles; latencies may have ${mostLatencyCycles} at the most`);
  }
}

function judgeModules({ host }: SystemDescription, findings: Findings): void {
  const path = ["host", "memory", "modules"];
  if (host.memory.modules.length === 0) findings.error(path, "is empty: the host has at least one memory module");
  for (const [index, { capacity_gb, bandwidth_gbps }] of host.memory.modules.entries()) {
    if (capacity_gb === 0) findings.error([...path, index, "capacity_gb"], "must be above 0 (GB)");
    if (bandwidth_gbps === 0) findings.error([...path, index, "bandwidth_gbps"], "must be above 0 (GB/s)");
  }
}

function judgeAccelerator(
  system: SystemDescription,
  accelerator: AcceleratorDescription,
  path: Path,
  findings: Findings,
): void {
  const { type, kpu_config: kpu, gpu_config: gpu, npu_config: npu } = accelerator;
  const blocks = { KPU: kpu, GPU: gpu, NPU: npu };
  for (const [owner, block] of Object.entries(blocks)) {
    const key = `${owner.toLowerCase()}_config`;
    if (owner === type && block === undefined) findings.error(path, `is a ${type} without ${key}`);
    if (owner !== type && block !== undefined)
      findings.error([...path, key], `belongs to a ${owner}, but the type is ${type}`);
  }
  if (type !== "KPU") findings.warning(path, `is a ${type}: it is kept in the description but not simulated`);
  if (type === "GPU" && gpu?.compute_units === 0) {
    findings.error([...path, "gpu_config", "compute_units"], "must be at least 1");
  }
  if (type === "NPU" && npu?.tops_int8 === 0 && npu.tops_fp16 === 0) {
    findings.error([...path, "npu_config", "tops_int8"], "and tops_fp16 are both 0: give at least one");
  }
  if (type === "KPU" && kpu !== undefined) judgeKpu(system, accelerator, kpu, [...path, "kpu_config"], findings);
}

function judgeKpu(
  system: SystemDescription,
  { id }: AcceleratorDescription,
  { memory, compute_fabric, data_movement }: KpuSystemConfig,
  path: Path,
  findings: Findings,
): void {
  const { banks, scratchpads, l1_buffers: buffers } = memory;
  const tiles = compute_fabric.tiles.length;
  const l1 = (buffers ?? scratchpads).length;
  const engines = data_movement.dma_engines.length;
  if (banks.length === 0) findings.error([...path, "memory", "banks"], "is empty: a KPU has at least one memory bank");
  if (tiles === 0)
    findings.error([...path, "compute_fabric", "tiles"], "is empty: a KPU has at least one compute tile");
  if (buffers !== undefined && scratchpads.length > 0) {
    findings.error([...path, "memory", "l1_buffers"], "and scratchpads are two names of the same: give one of them");
  }
  if (l1 < tiles)
    findings.warning([...path, "memory", "scratchpads"], `has ${l1} for ${tiles} compute tiles: one for each is usual`);
  if (engines > 2 * banks.length) {
    const message = `has ${engines} for ${banks.length} memory banks: more than two for each are hardly used`;
    findings.warning([...path, "data_movement", "dma_engines"], message);
  }
  if (findings.hasErrors || id === "") return;
  try {
    checkedConfig(machineConfigOf(system, id).config);
  } catch (error) {
    if (!(error instanceof KpuError)) throw error;
    findings.error(path, `makes no machine: ${error.message}`);
  }
}

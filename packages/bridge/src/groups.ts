import { completeFlatConfig, KpuError, type LinkConfig, MachineGroup, nestConfig } from "@kpu-sim/machine";
import { isJsonObject, type JsonObject } from "./json-object.ts";
import { type SharedByGroup, SimulatorSession } from "./simulator-session.ts";

/** Sessions of machines that share an engine, and their complete flat configurations. Errors: KPU_CONFIG. */
export function groupSessions({ machines, hostLinks, peerLink }: JsonObject): {
  readonly sessions: readonly SimulatorSession[];
  readonly configs: readonly object[];
} {
  if (!Array.isArray(machines) || !Array.isArray(hostLinks)) {
    throw new KpuError("KPU_ARGUMENT", "a group needs lists of machines and of links to the host");
  }
  const configs = machines.map((config: unknown) => completeFlatConfig(requireObject(config)));
  const group = new MachineGroup({
    machines: configs.map(nestConfig),
    hostLink: hostLinks.map(linkOf),
    peerLink: peerLink === undefined || peerLink === null ? undefined : linkOf(peerLink),
  });
  const shared: SharedByGroup = { group, semaphores: new Map(), hostTime: { ms: 0 } };
  return { sessions: group.machines.map((machine) => new SimulatorSession(machine, shared)), configs };
}

/** What is wrong with the numbers the group says itself. */
function linkOf(given: unknown): LinkConfig {
  const { bandwidthGbps, latencyCycles } = requireObject(given);
  return { bandwidthGbps: Number(bandwidthGbps), latencyCycles: Number(latencyCycles) };
}

function requireObject(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw new KpuError("KPU_ARGUMENT", "a group's machines and links are objects");
}

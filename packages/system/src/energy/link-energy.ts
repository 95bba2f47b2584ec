import type { EnergyTable, LinkKind } from "@kpu-sim/formats";
import type { LinkTraffic } from "@kpu-sim/machine";

export const linkKinds: readonly LinkKind[] = ["network", "host", "peer"];

/** What one kind of engine's bytes take on links of one kind, each link that they pass counted by itself, pJ. */
export function linksPj(traffic: LinkTraffic, { linkPjPerByte = {} }: EnergyTable, kind: LinkKind): number {
  const bytes = { network: traffic.networkBytes, host: traffic.hostBytes, peer: traffic.peerBytes }[kind];
  return (linkPjPerByte[kind] ?? 0) * bytes;
}

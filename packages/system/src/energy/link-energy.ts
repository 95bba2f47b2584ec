import type { EnergyTable, LinkKind } from "@kpu-sim/formats";
import type { LinkTraffic } from "@kpu-sim/machine";

/** What links of each kind are called among the components of a machine. */
const components: Readonly<Record<LinkKind, LinkComponent>> = {
  network: "network",
  host: "hostLink",
  peer: "peerLink",
};
export type LinkComponent = "network" | "hostLink" | "peerLink";

const linkKinds = ["network", "host", "peer"] as const;

/** What one kind of engine's bytes take on links of all kinds, each link that they pass counted by itself, pJ. */
export function linksPj(traffic: LinkTraffic, table: EnergyTable): number {
  return linkKinds.reduce((sum, kind) => sum + linksOfKindPj(traffic, table, kind), 0);
}

/** The same for all engines, by kind of link. */
export function linkParts(
  traffics: readonly LinkTraffic[],
  table: EnergyTable,
): readonly { readonly component: LinkComponent; readonly dynamicPj: number; readonly staticPj: number }[] {
  return linkKinds.map((kind) => ({
    component: components[kind],
    dynamicPj: traffics.reduce((sum, traffic) => sum + linksOfKindPj(traffic, table, kind), 0),
    staticPj: 0,
  }));
}

function linksOfKindPj(traffic: LinkTraffic, { linkPjPerByte = {} }: EnergyTable, kind: LinkKind): number {
  const bytes = { network: traffic.networkBytes, host: traffic.hostBytes, peer: traffic.peerBytes }[kind];
  return (linkPjPerByte[kind] ?? 0) * bytes;
}

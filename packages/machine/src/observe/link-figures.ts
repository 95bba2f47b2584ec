import type { LinkDirection } from "../interconnect/links.ts";
import type { MachineParts } from "../machine-parts.ts";
import { type MoverKind, moverKinds } from "../movement/mover-kind.ts";
import type { Figures } from "./statistics.ts";

/** Bytes of completed transfers by one kind of engine that have passed links; over several links they count for each. */
export type LinkTraffic = {
  readonly mover: MoverKind;
  /** Over links of the machine's on-chip network. */
  readonly networkBytes: number;
  /** Over its link to the host, in both directions. */
  readonly hostBytes: number;
  /** Over its links to other machines, as the one that sends. */
  readonly peerBytes: number;
};

/** By kind of engine; those of other machines whose transfers pass this machine's links are among them. */
export function linkTraffic({ links, network, totals, number }: MachineParts): readonly LinkTraffic[] {
  return moverKinds.map((mover, kind) => {
    const through = (direction: LinkDirection): number =>
      links?.directions.includes(direction) ? totals.passedThrough(kind, links.port(number, direction), 1) : 0;
    return {
      mover,
      networkBytes:
        network === undefined ? 0 : totals.passedThrough(kind, network.firstPort, network.topology.links.length),
      hostBytes: through("fromHost") + through("toHost"),
      peerBytes: through("toPeers"),
    };
  });
}

/**
 * What has passed the links between a machine, the host and other machines, by direction: `fromHostBytes`, `fromHostUtilization` and so on; nothing where
 * there are none. The utilization is the bytes of completed transfers over what could have passed so far.
 */
export function linkFigures({ links, totals, config, engine }: MachineParts, machine: number): Figures {
  const figures: Record<string, number> = {};
  for (const direction of links?.directions ?? []) {
    const bytes = totals.portBytes[links?.port(machine, direction) ?? -1] ?? 0;
    const gbps = links?.configOf(machine, direction).bandwidthGbps ?? 0;
    const most = (gbps / config.clockGhz) * engine.cycle;
    figures[`${direction}Bytes`] = bytes;
    figures[`${direction}Utilization`] = most === 0 ? 0 : bytes / most;
  }
  return figures;
}

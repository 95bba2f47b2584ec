import type { MachineParts } from "../machine-parts.ts";
import type { Figures } from "./statistics.ts";

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

import type { TraceOrigin, UnitKind } from "@kpu-sim/machine";

/** Units of one kind of one machine, whose lanes stand together. */
export type LaneGroup = { readonly name: string; readonly kind: UnitKind; readonly machine: number };

const kinds: Readonly<Record<UnitKind, string>> = {
  dma: "DMA engines",
  blockMover: "Block movers",
  streamer: "Streamers",
  tile: "Compute tiles",
  vector: "Vector units",
};

/** Groups in the order in which they are shown, and by unit the place of its group. */
export function laneGroups({ units, configs }: TraceOrigin): {
  readonly groups: readonly LaneGroup[];
  readonly groupOf: Int32Array;
} {
  const groups: LaneGroup[] = [];
  const places = new Map<string, number>();
  for (let machine = 0; machine < configs.length; machine++) {
    for (const kind of ["dma", "blockMover", "streamer", "tile", "vector"] as const) {
      const prefix = configs.length > 1 ? `KPU ${machine} ` : "";
      places.set(`${kind} ${machine}`, groups.push({ name: `${prefix}${kinds[kind]}`, kind, machine }) - 1);
    }
  }
  return { groups, groupOf: Int32Array.from(units, ({ kind, machine }) => places.get(`${kind} ${machine}`) ?? 0) };
}

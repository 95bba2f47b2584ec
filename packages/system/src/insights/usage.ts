import type { Machine, Statistics } from "@kpu-sim/machine";

/** What units of one kind did with their cycles, as shares of all cycles of those that did anything. */
export type UnitUsage = {
  readonly kind: "dma" | "blockMover" | "streamer" | "tile";
  readonly title: string;
  /** Units that did anything, and all. */
  readonly used: number;
  readonly count: number;
  readonly busy: number;
  readonly waitingForData: number;
  readonly waitingForSpace: number;
  /** Share of the busy cycles that transfers took longer because they shared ports; 0 for tiles. */
  readonly slowedByPorts: number;
  /** Busy share of the unit that was busy least, and of the one that was busy most. */
  readonly least: number;
  readonly most: number;
};

const unitTitles = {
  dma: "DMA engines",
  blockMover: "block movers",
  streamer: "streamers",
  tile: "arrays",
} as const;

const levelTitles = {
  host: "host memory",
  external: "external memory",
  l3: "L3",
  l2: "L2",
  scratchpad: "the scratchpads",
} as const;

const linkTitles = {
  fromHost: "the link from the host",
  toHost: "the link to the host",
  fromPeers: "the link from other KPUs",
  toPeers: "the link to other KPUs",
} as const;

/** How the units of each kind were used. */
export function unitUsage(statistics: Statistics): readonly UnitUsage[] {
  const cycles = Math.max(figure(statistics.machine, "cycle"), 1);
  return (["dma", "blockMover", "streamer", "tile"] as const).map((kind): UnitUsage => {
    const all: readonly Readonly<Record<string, number>>[] = statistics[kind];
    const used = all.filter((unit) => figure(unit, "busyCycles") > 0);
    const share = (name: string): number => sum(used, name) / (Math.max(used.length, 1) * cycles);
    const shares = used.map((unit) => figure(unit, "busyCycles") / cycles);
    return {
      kind,
      title: unitTitles[kind],
      used: used.length,
      count: all.length,
      busy: share("busyCycles"),
      waitingForData: share("waitingForDataCycles"),
      waitingForSpace: share("waitingForSpaceCycles"),
      slowedByPorts: sum(used, "waitingForPortsCycles") / Math.max(sum(used, "busyCycles"), 1),
      least: Math.min(1, ...shares),
      most: Math.max(0, ...shares),
    };
  });
}

/** A link, and what has passed it over what could have. */
export type LinkUsage = { readonly title: string; readonly share: number };

/** How full the links of a machine's on-chip network are, and those to the host and to other machines; empty without any. */
export function linkUsage(machine: Machine): readonly LinkUsage[] {
  const network = machine.network?.links() ?? [];
  const figures = machine.linkStatistics();
  return [
    ...network.map(({ from, to, utilization }) => ({
      title: `the link from node ${from} to node ${to} of the on-chip network`,
      share: utilization,
    })),
    ...Object.entries(linkTitles).map(([direction, title]) => ({
      title,
      share: figure(figures, `${direction}Utilization`),
    })),
  ];
}

/** How much of its ports' bandwidth each level used, the fullest first. */
export function levelUsage(statistics: Statistics): readonly { readonly title: string; readonly share: number }[] {
  return (["host", "external", "l3", "l2", "scratchpad"] as const)
    .map((kind) => {
      const all = statistics[kind].filter((memory) => figure(memory, "portBytes") > 0);
      return { title: levelTitles[kind], share: sum(all, "portUtilization") / Math.max(all.length, 1) };
    })
    .toSorted((one, other) => other.share - one.share);
}

/** Of the cycles in which arrays worked, the share in which their elements did. */
export function arrayFill(statistics: Statistics): number {
  const used = statistics.tile.filter((tile) => figure(tile, "busyCycles") > 0);
  const busy = sum(used, "utilization");
  return busy > 0 ? sum(used, "arrayEfficiency") / busy : 1;
}

/** A figure of a component; 0 for one that is not declared. */
export function figure(component: Readonly<Record<string, number>>, name: string): number {
  return component[name] ?? 0;
}

function sum(components: readonly Readonly<Record<string, number>>[], name: string): number {
  return components.reduce((total, component) => total + figure(component, name), 0);
}

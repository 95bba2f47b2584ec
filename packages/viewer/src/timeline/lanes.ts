import type { TraceLink, TraceOrigin } from "kpu-sim";

/** One row of the timeline. */
export type Lane =
  | {
      readonly kind: "group";
      readonly id: string;
      readonly title: string;
      readonly members: readonly number[];
      readonly isOpen: boolean;
    }
  | { readonly kind: "unit"; readonly id: string; readonly title: string; readonly unit: number }
  | { readonly kind: "port"; readonly id: string; readonly title: string; readonly region: number }
  | { readonly kind: "link"; readonly id: string; readonly title: string; readonly link: number };

const unitGroups = [
  ["dma", "DMA engines"],
  ["blockMover", "Block movers"],
  ["streamer", "Streamers"],
  ["tile", "Compute tiles"],
  ["vector", "Vector units"],
] as const;
const portGroups = [
  ["host", "Host ports"],
  ["external", "External ports"],
  ["l3", "L3 ports"],
  ["l2", "L2 ports"],
  ["scratchpad", "Scratchpad ports"],
] as const;
const linkGroups = [
  ["host", "Host links"],
  ["peer", "Links between KPUs"],
  ["network", "Network links"],
] as const;
/** Larger groups are closed until somebody opens them. */
const mostOpen = 16;

/** Groups that are open at first: small ones of units that have worked. */
export function openAtFirst(origin: TraceOrigin, hasWorked: (unit: number) => boolean): ReadonlySet<string> {
  const open = unitGroups.filter(([kind]) => {
    const units = [...origin.units.keys()].filter((unit) => origin.units[unit]?.kind === kind);
    return units.length <= mostOpen && units.some(hasWorked);
  });
  return new Set(open.map(([kind]) => kind));
}

/** All rows from top to bottom: pinned ones first, then groups, with their members where they are open. */
export function lanesOf(
  { origin, links }: { readonly origin: TraceOrigin; readonly links: readonly TraceLink[] },
  open: ReadonlySet<string>,
  pinned: ReadonlySet<string>,
): readonly Lane[] {
  const groups: Lane[] = [];
  const all: Lane[] = [];
  for (const [kind, title] of unitGroups) {
    const members = [...origin.units.keys()].filter((unit) => origin.units[unit]?.kind === kind);
    const lanes = members.map((unit): Lane => {
      const name = origin.units[unit]?.name ?? "";
      return { kind: "unit", id: `unit ${unit}`, title: name, unit };
    });
    addGroup(groups, { kind: "group", id: kind, title, members, isOpen: open.has(kind) }, lanes);
    all.push(...lanes);
  }
  for (const [kind, title] of portGroups) {
    const members = [...origin.memories.keys()].filter((region) => origin.memories[region]?.kind === kind);
    const lanes = members.map((region): Lane => {
      const name = origin.memories[region]?.name ?? "";
      return { kind: "port", id: `port ${region}`, title: name, region };
    });
    addGroup(groups, { kind: "group", id: `ports ${kind}`, title, members, isOpen: open.has(`ports ${kind}`) }, lanes);
    all.push(...lanes);
  }
  for (const [kind, title] of linkGroups) {
    const members = [...links.keys()].filter((place) => links[place]?.kind === kind);
    const lanes = members.map((link): Lane => {
      const name = links[link]?.name ?? "";
      return { kind: "link", id: `link ${link}`, title: name, link };
    });
    addGroup(groups, { kind: "group", id: `links ${kind}`, title, members, isOpen: open.has(`links ${kind}`) }, lanes);
    all.push(...lanes);
  }
  return [...all.filter(({ id }) => pinned.has(id)), ...groups];
}

function addGroup(lanes: Lane[], group: Extract<Lane, { kind: "group" }>, members: readonly Lane[]): void {
  if (members.length === 0) return;
  lanes.push(group);
  if (group.isOpen) lanes.push(...members);
}

/** What the members of a group are. */
export function membersOf({ id }: Extract<Lane, { kind: "group" }>): "units" | "ports" | "links" {
  return id.startsWith("ports ") ? "ports" : id.startsWith("links ") ? "links" : "units";
}

/** A set of identifiers with one put in, or taken out if it is there. */
export function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

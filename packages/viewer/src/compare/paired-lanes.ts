import type { Lane } from "../timeline/lanes.ts";

/** A lane of two runs: the same group, unit or port in each, or in one of them only. */
export type PairedLane = { readonly a: Lane | undefined; readonly b: Lane | undefined };

/** The lanes of two runs side by side, in the order that both have; machines may have different numbers of components. */
export function pairedLanes(a: readonly Lane[], b: readonly Lane[]): readonly PairedLane[] {
  const places = new Map(a.map((lane, place) => [nameOf(lane), place]));
  const pairs: PairedLane[] = [];
  let next = 0;
  for (const lane of b) {
    const place = places.get(nameOf(lane));
    if (place !== undefined) for (; next < place; next++) pairs.push({ a: a[next], b: undefined });
    pairs.push({ a: place === undefined ? undefined : a[place], b: lane });
    if (place !== undefined) next = place + 1;
  }
  for (; next < a.length; next++) pairs.push({ a: a[next], b: undefined });
  return pairs;
}

/** The lane that names a pair. */
export function eitherOf({ a, b }: PairedLane): readonly Lane[] {
  const lane = b ?? a;
  return lane === undefined ? [] : [lane];
}

/** Numbers of units differ between machines, their names do not. */
function nameOf(lane: Lane): string {
  return lane.kind === "group" ? `group ${lane.id}` : `${lane.kind} ${lane.title}`;
}

import { EventQueue } from "../../src/engine/event-queue.ts";
import { PortSharing } from "../../src/engine/port-sharing.ts";
import { LinkLists } from "../../src/interconnect/link-lists.ts";
import { type PortUser, PortSharing as ReferenceSharing } from "../reference/port-sharing.ts";

/** A transfer's beat phase; amounts are even (rule 3), so that half a port is whole. */
export type BeatPhase = {
  /** Engine number, from 0 on without gaps. */
  readonly mover: number;
  readonly joinsAt: number;
  /** The cycle at which it is taken out where it is not done by then. */
  readonly dropsAt?: number;
  readonly source: number;
  readonly destination: number;
  readonly links: readonly number[];
  readonly width: number;
  readonly units: number;
};

const dropped = -2;

/** The cycle at which each is complete, or -2 where it was dropped, by the rules cycle by cycle. */
export function endsByRules(phases: readonly BeatPhase[], widths: readonly number[]): readonly number[] {
  const sharing = new ReferenceSharing(widths.map(BigInt));
  const users: PortUser[] = phases.map((each, sequence) => ({
    sequence,
    engineNumber: each.mover,
    engineWidth: BigInt(each.width),
    sourcePort: each.source,
    destinationPort: each.destination,
    links: each.links,
    remaining: BigInt(each.units),
  }));
  const ends = phases.map(() => -1);
  for (let cycle = 0; ends.includes(-1); cycle++) {
    for (const { mover, dropsAt } of phases) if (dropsAt === cycle && ends[mover] === -1) ends[mover] = dropped;
    const present = users.filter((_, index) => ends[index] === -1 && (phases[index]?.joinsAt ?? 0) <= cycle);
    sharing.serveCycle(present);
    for (const user of present) if (user.remaining === 0n) ends[user.sequence] = cycle + 1;
  }
  return ends;
}

/** The same by the engine's sharing of ports, which is saved and restored at `restoredAt` where that is given. */
export function endsByEvents(
  phases: readonly BeatPhase[],
  widths: readonly number[],
  restoredAt?: number,
): readonly number[] {
  const count = phases.length;
  const events = new EventQueue(2 * count);
  const links = new LinkLists();
  const mostLinks = Math.max(...phases.map((each) => each.links.length));
  const sharing = new PortSharing({ widths: Float64Array.from(widths), links, mostLinks }, count, events, count);
  const joins = phases.toSorted((a, b) => a.joinsAt - b.joinsAt);
  const drops = phases
    .flatMap(({ mover, dropsAt }) => (dropsAt === undefined ? [] : [{ mover, dropsAt }]))
    .toSorted((a, b) => a.dropsAt - b.dropsAt);
  const ends = phases.map(() => -1);
  const done = new Int32Array(count);
  while (ends.includes(-1)) {
    const [join, drop] = [joins[0]?.joinsAt ?? Number.POSITIVE_INFINITY, drops[0]?.dropsAt ?? Number.POSITIVE_INFINITY];
    const cycle = Math.min(join, drop, events.earliest);
    while (events.earliest === cycle) {
      const entity = events.pop();
      if (entity < count) {
        sharing.completeFree(entity);
        ends[entity] = cycle;
      } else {
        const doneCount = sharing.complete(entity, done, 0);
        for (const mover of done.subarray(0, doneCount)) ends[mover] = cycle;
      }
    }
    for (let next = drops[0]; next?.dropsAt === cycle; next = drops[0]) {
      drops.shift();
      if (ends[next.mover] !== -1) continue;
      sharing.drop(next.mover, cycle);
      ends[next.mover] = dropped;
    }
    for (let next = joins[0]; next?.joinsAt === cycle; next = joins[0]) {
      joins.shift();
      // What links move is in the width already.
      const width = Math.min(next.width, ...next.links.map((link) => widths[link] ?? 0));
      sharing.join(next.mover, next.source, next.destination, links.placeOf(next.links), width, next.units);
    }
    sharing.regroup(cycle);
    if (restoredAt !== undefined && cycle >= restoredAt) sharing.restore(sharing.save());
  }
  return ends;
}

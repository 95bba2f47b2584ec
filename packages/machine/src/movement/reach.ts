import type { ReachPolicy } from "../config/machine-config.ts";
import { KpuError } from "../errors.ts";
import { type MemoryKind, memoryNames } from "../memory/memory-kind.ts";
import { type MoverKind, moverKinds, moverNames } from "./mover-kind.ts";

/** The memories between which each kind of engine moves data where reach is hierarchical. */
const hierarchicalReach: Readonly<Record<MoverKind, readonly MemoryKind[]>> = {
  dma: ["host", "external", "l3"],
  blockMover: ["l3", "l2"],
  streamer: ["l2", "scratchpad"],
};

/** Whether a kind of engine may move data from one kind of memory to another. */
export function reaches(policy: ReachPolicy, mover: MoverKind, from: MemoryKind, to: MemoryKind): boolean {
  return policy === "any" || (hierarchicalReach[mover].includes(from) && hierarchicalReach[mover].includes(to));
}

/** Refuses a transfer between memories that the engine does not reach, and names the engines that do. */
export function requireReach(
  policy: ReachPolicy,
  mover: MoverKind,
  name: string,
  from: MemoryKind,
  to: MemoryKind,
): void {
  if (reaches(policy, mover, from, to)) return;
  const own = hierarchicalReach[mover].map((kind) => `${memoryNames[kind]}s`).join(", ");
  const others = moverKinds.filter((kind) => reaches(policy, kind, from, to)).map((kind) => `a ${moverNames[kind]}`);
  const advice = others.length > 0 ? `use ${others.join(" or ")}` : "go level by level";
  throw new KpuError(
    "KPU_REACH",
    `${name} cannot move data from ${memoryNames[from]}s to ${memoryNames[to]}s: with reach_policy 'hierarchical' it works ` +
      `between ${own}; ${advice}, or set reach_policy to 'any'`,
    { mover, from, to },
  );
}

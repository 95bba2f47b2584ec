import type { MachineUnderTest, MoverUnderTest, RegionUnderTest } from "./machine-under-test.ts";
import type { MemoryKind } from "./reference/hardware.ts";

/** Regions and movers of a machine by name, for cases and programs that are data. */

export const memoryKinds: readonly MemoryKind[] = ["host", "external", "l3", "l2", "scratchpad"];

export type MoverKind = "dma" | "block mover" | "streamer";

export function regionAt(machine: MachineUnderTest, kind: MemoryKind, id: number): RegionUnderTest {
  switch (kind) {
    case "host":
      return machine.host(id);
    case "external":
      return machine.external(id);
    case "l3":
      return machine.l3(id);
    case "l2":
      return machine.l2(id);
    case "scratchpad":
      return machine.scratchpad(id);
  }
}

export function moverAt(machine: MachineUnderTest, kind: MoverKind, id: number): MoverUnderTest {
  switch (kind) {
    case "dma":
      return machine.dma(id);
    case "block mover":
      return machine.blockMover(id);
    case "streamer":
      return machine.streamer(id);
  }
}

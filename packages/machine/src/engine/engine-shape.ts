import type { SharedPorts } from "./port-sharing.ts";

/** The fixed numbers of a machine that the engine works with; derived from the configuration once. */
export type EngineShape = {
  /** DMA engines, block movers and streamers together. */
  readonly moverCount: number;
  /** The kind of each of them: its place in `moverKinds`. */
  readonly kindOfMover: Uint8Array;
  readonly tileCount: number;
  readonly unitsPerByte: number;
  readonly regionCount: number;
  /** Those of the regions first, then those of links. */
  readonly ports: SharedPorts;
  /** Functional fidelity: order without time. */
  readonly untimed: boolean;
  /** Whether a hazard is thrown when work starts. */
  readonly raisesHazards: boolean;
};

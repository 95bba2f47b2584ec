/** The fixed numbers of a machine that the engine works with; derived from the configuration once. */
export type EngineShape = {
  /** DMA engines, block movers and streamers together. */
  readonly moverCount: number;
  readonly tileCount: number;
  readonly unitsPerByte: number;
  readonly regionCount: number;
  /** Units per cycle of each region's port, and after them of the ports of links. */
  readonly portWidths: Float64Array;
  /** Functional fidelity: order without time. */
  readonly untimed: boolean;
  /** Whether a hazard is thrown when work starts. */
  readonly raisesHazards: boolean;
};

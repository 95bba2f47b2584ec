/**
 * A part of a group while it is being served (PortParts): its members with what they have left, and what they get in a cycle.
 * Members are known by their place, 0 for the one with the lowest engine number.
 */
export class ServedPart {
  size = 0;
  readonly movers: Int32Array;
  /** The members' numbers in the whole group, from 0 on: the cycle of a period that starts with them. */
  readonly turns: Int32Array;
  /** Units still to be granted. */
  readonly left: Float64Array;
  /** How many members get something in the cycle that was served last, where they stand, and how much each gets. */
  servedCount = 0;
  readonly served: Int32Array;
  readonly granted: Float64Array;

  constructor(moverCount: number) {
    this.movers = new Int32Array(moverCount);
    this.turns = new Int32Array(moverCount);
    this.left = new Float64Array(moverCount);
    this.served = new Int32Array(moverCount);
    this.granted = new Float64Array(moverCount);
  }
}

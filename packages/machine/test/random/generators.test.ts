import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TransferOrder } from "../machine-under-test.ts";
import { ReferenceMachine } from "../reference/reference-machine.ts";
import type { RandomTransfer } from "./program.ts";
import { randomProgram, randomTwins } from "./programs.ts";
import { extentOf } from "./transfer-extent.ts";

/** What the generators are good for: a search that mostly meets refusals, or never comes close to a hazard, finds nothing. */

const fixedSeed = 26;

/** The request between four regions, with addresses instead of picks. */
function orderOf(machine: ReferenceMachine, transfer: RandomTransfer): TransferOrder {
  const regions = [machine.external(0), machine.external(1), machine.scratchpad(0), machine.scratchpad(1)];
  const base = (pick: number): number => regions[pick % regions.length]?.base ?? 0;
  return {
    ...extentOf(transfer, 1).what,
    source: base(transfer.source) + Math.abs(transfer.sourceOffset),
    destination: base(transfer.destination) + Math.abs(transfer.destinationOffset),
  };
}

function isTaken(machine: ReferenceMachine, engine: number, order: TransferOrder): boolean {
  try {
    machine.dma(engine).transfer(order);
    return true;
  } catch {
    return false;
  }
}

/** From the first byte to behind the last. */
interface AddressRange {
  readonly begin: number;
  readonly end: number;
}

function meet(a: AddressRange, b: AddressRange): boolean {
  return a.begin < b.end && b.begin < a.end;
}

/** What a hazard rule that looked at ranges would see. */
function rangesConflict(machine: ReferenceMachine, first: RandomTransfer, second: RandomTransfer): boolean {
  const rangesOf = (transfer: RandomTransfer): { readonly reads: AddressRange; readonly writes: AddressRange } => {
    const { source, destination } = orderOf(machine, transfer);
    const { sourceReach, destinationReach } = extentOf(transfer, 1);
    return {
      reads: { begin: source, end: source + sourceReach },
      writes: { begin: destination, end: destination + destinationReach },
    };
  };
  const [earlier, later] = [rangesOf(first), rangesOf(second)];
  return meet(earlier.writes, later.reads) || meet(earlier.reads, later.writes) || meet(earlier.writes, later.writes);
}

describe("random geometries", () => {
  it("are legal most of the time, and not always", () => {
    const legal = fc.sample(randomTwins, { numRuns: 1000, seed: fixedSeed }).filter(([first]) => {
      const machine = new ReferenceMachine();
      return isTaken(machine, 0, orderOf(machine, first));
    });
    expect(legal.length).toBeGreaterThan(750);
    expect(legal.length).toBeLessThan(970);
  });

  it("often meet in exact bytes, and often only in their ranges", () => {
    let hazards = 0;
    let nearMisses = 0;
    for (const [first, second] of fc.sample(randomTwins, { numRuns: 1000, seed: fixedSeed })) {
      const machine = new ReferenceMachine();
      if (isTaken(machine, 0, orderOf(machine, first)) && isTaken(machine, 1, orderOf(machine, second))) {
        machine.step();
        const hasHazard = machine.hazards.length > 0;
        hazards += hasHazard ? 1 : 0;
        nearMisses += !hasHazard && rangesConflict(machine, first, second) ? 1 : 0;
      }
    }
    expect(hazards).toBeGreaterThan(200);
    expect(nearMisses).toBeGreaterThan(100);
  });

  it("are in a good part of the transfers of random programs, as staggers are", () => {
    const programs = fc.sample(randomProgram, { numRuns: 200, seed: fixedSeed });
    const transfers = programs.flatMap(({ ops }) => ops.flatMap((op) => (op.op === "transfer" ? [op] : [])));
    const share = (chosen: readonly RandomTransfer[]): number => chosen.length / transfers.length;
    expect(share(transfers.filter(({ geometry }) => geometry !== undefined))).toBeGreaterThan(0.25);
    expect(share(transfers.filter(({ stagger }) => stagger !== undefined))).toBeGreaterThan(0.15);
  });
});

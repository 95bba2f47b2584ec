import { AddressMapping, addressMappings } from "../../src/dram/address-mapping.ts";
import type { DramChannel, DramChannelOptions } from "../../src/dram/dram-channel.ts";
import { dramCommand } from "../../src/dram/dram-command.ts";
import { channelBytes, type DramPart } from "../../src/dram/dram-part.ts";
import { dramDirection } from "../../src/dram/request-queue.ts";

/** A repeatable source of whole numbers below a bound. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 12345) >>> 0;
  }

  below(bound: number): number {
    // xorshift32; its low bits are as good as the high ones.
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return Math.floor(((this.#state >>> 0) / 2 ** 32) * bound);
  }
}

export type Access = { readonly burst: number; readonly isWrite: boolean };

export type Served = { readonly bytes: number; readonly endTick: number; readonly longestWait: number };

export const openPage: DramChannelOptions = {
  pagePolicy: "open",
  refresh: "all_bank",
  queueDepth: 32,
  powerDownAfter: 0,
};

/** Keeps the queue of one channel full with so many accesses. */
export function saturate(
  channel: DramChannel,
  part: DramPart,
  accesses: number,
  next: (index: number) => Access,
  order: string = addressMappings[0],
): Served {
  const mapping = new AddressMapping(part, 1, order);
  const arrivals = new Float64Array(accesses);
  let [issued, served, now, endTick, longestWait] = [0, 0, 0, 0, 0];
  let access = next(0);
  while (served < accesses) {
    while (issued < accesses && channel.hasSpace(access.isWrite ? dramDirection.write : dramDirection.read)) {
      const { burst, isWrite } = access;
      arrivals[issued] = now;
      channel.submit(
        isWrite ? dramDirection.write : dramDirection.read,
        mapping.bankOf(burst),
        mapping.rowOf(burst),
        issued,
        now,
      );
      access = next(++issued);
    }
    now = channel.nextTick;
    const command = channel.step();
    if (command !== dramCommand.read && command !== dramCommand.write) continue;
    served++;
    endTick = Math.max(endTick, channel.dataEnd);
    longestWait = Math.max(longestWait, channel.dataEnd - (arrivals[channel.servedTag] ?? 0));
  }
  return { bytes: accesses * part.burstBytes, endTick, longestWait };
}

/** Any bursts of a channel, a third of them written. */
export function randomAccess(part: DramPart, dice: Dice): (index: number) => Access {
  const bursts = channelBytes(part) / part.burstBytes;
  return () => ({ burst: dice.below(bursts), isWrite: dice.below(3) === 0 });
}

/** Tick at which the data of a lone access end, for a channel that has not been used since `tick`. */
export function alone(channel: DramChannel, bank: number, row: number, isWrite: boolean, tick: number): number {
  channel.settle(tick);
  channel.submit(isWrite ? dramDirection.write : dramDirection.read, bank, row, 0, tick);
  for (;;) {
    const command = channel.step();
    if (command === dramCommand.read || command === dramCommand.write) return channel.dataEnd;
  }
}

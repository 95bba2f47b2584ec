import { describe, expect, it } from "vitest";
import { BankTimes } from "../../src/dram/bank-times.ts";
import { DramChannel } from "../../src/dram/dram-channel.ts";
import { type DramCommand, dramCommand } from "../../src/dram/dram-command.ts";
import { type DramCount, dramCount } from "../../src/dram/dram-counts.ts";
import { dramPartNamed, dramParts } from "../../src/dram/dram-parts.ts";
import { dramDirection } from "../../src/dram/request-queue.ts";
import { alone, Dice, openPage, randomAccess, saturate } from "./traffic.ts";

const unrefreshed = { ...openPage, refresh: "off" } as const;

function countsOf(channel: DramChannel, tick: number): Readonly<Record<string, number | undefined>> {
  const counts = channel.countsAt(tick);
  return Object.fromEntries(Object.entries(dramCount).map(([name, place]) => [name, counts[place]]));
}

/** Ticks of the commands of a kind while a channel works off what waits. */
function ticksOf(channel: DramChannel, kind: DramCommand): number[] {
  const ticks: number[] = [];
  while (channel.waiting > 0) {
    const tick = channel.nextTick;
    if (channel.step() === kind) ticks.push(tick);
  }
  return ticks;
}

describe.each(dramParts.map(({ name }) => name))("timing gates of %s", (name) => {
  const part = dramPartNamed(name);
  const t = part.timing;
  const otherBank = part.banksPerGroup > 1 ? 1 : undefined;
  const otherGroup = part.bankGroups > 1 ? part.banksPerGroup : undefined;
  const otherRank = part.ranks > 1 ? part.bankGroups * part.banksPerGroup : undefined;
  const writeEnd = t.writeLatency + t.burst;
  const begin = 10_000;
  const readTick = (times: BankTimes, bank: number): number => columnTick(times, bank, 0);
  const writeTick = (times: BankTimes, bank: number): number => columnTick(times, bank, 1);
  const columnTick = (times: BankTimes, bank: number, way: 0 | 1): number => {
    const command = way === 0 ? dramCommand.read : dramCommand.write;
    const group = times.groupTicks[command * times.groups + (bank >> times.groupShift)] ?? 0;
    const rank = times.rankTicks[command * times.ranks + times.rankOf(bank)] ?? 0;
    return Math.max(times.bankColumns[way][bank] ?? 0, group, rank);
  };

  /** What the command before is, what the one after, at which bank, and how far it has to be. */
  const gates: readonly (readonly [string, (times: BankTimes) => void, (times: BankTimes) => number, number])[] = [
    ["tRCD", (times) => times.activate(0, 1, begin), (times) => readTick(times, 0), t.activateToRead],
    ["tRCDWR", (times) => times.activate(0, 1, begin), (times) => writeTick(times, 0), t.activateToWrite],
    ["tRAS", (times) => times.activate(0, 1, begin), (times) => times.prechargeTick(0), t.activateToPrecharge],
    ["tRC", (times) => times.activate(0, 1, begin), (times) => times.activateTick(0), t.activateToActivate],
    ["tRP", (times) => times.precharge(0, begin), (times) => times.activateTick(0), t.precharge],
    ["tRPab", (times) => times.prechargeAll(0, begin), (times) => times.refreshTick(0), t.prechargeAll],
    ["tRFC", (times) => times.refresh(0, begin), (times) => times.activateTick(0), t.refresh],
    ["tCCD_L", (times) => times.read(0, begin), (times) => readTick(times, otherBank ?? 0), t.readToReadL],
    ["tCCD_L_WR", (times) => times.write(0, begin), (times) => writeTick(times, otherBank ?? 0), t.writeToWriteL],
    ["tRTW", (times) => times.read(0, begin), (times) => writeTick(times, 0), t.readToWrite],
    ["tWTR_L", (times) => times.write(0, begin), (times) => readTick(times, 0), writeEnd + t.writeToReadL],
    ["tRTP", (times) => times.read(0, begin), (times) => times.prechargeTick(0), t.readToPrecharge],
    ["tWR", (times) => times.write(0, begin), (times) => times.prechargeTick(0), writeEnd + t.writeRecovery],
  ];
  const between: typeof gates = [
    ["tRRD_L", (times) => times.activate(0, 1, begin), (times) => times.activateTick(otherBank ?? 0), t.activateL],
    ["tPPD", (times) => times.precharge(0, begin), (times) => times.prechargeTick(1), t.prechargeToPrecharge],
  ];
  const apart: typeof gates = [
    ["tRRD_S", (times) => times.activate(0, 1, begin), (times) => times.activateTick(otherGroup ?? 0), t.activateS],
    ["tCCD_S", (times) => times.read(0, begin), (times) => readTick(times, otherGroup ?? 0), t.readToReadS],
    ["tCCD_S_WR", (times) => times.write(0, begin), (times) => writeTick(times, otherGroup ?? 0), t.writeToWriteS],
    [
      "tWTR_S",
      (times) => times.write(0, begin),
      (times) => readTick(times, otherGroup ?? 0),
      writeEnd + t.writeToReadS,
    ],
  ];
  const ranks: typeof gates = [
    ["tCCD_R", (times) => times.read(0, begin), (times) => readTick(times, otherRank ?? 0), t.burst + t.rankSwitch],
  ];
  const all = [
    ...gates,
    ...(otherBank === undefined ? [] : between),
    ...(otherGroup === undefined ? [] : apart),
    ...(otherRank === undefined ? [] : ranks),
  ];

  it.each(all)("%s: not ready one tick before, ready then", (_, give, tickOf, distance) => {
    const times = new BankTimes(part);
    give(times);
    expect(tickOf(times)).toBe(begin + distance);
  });

  it("tFAW: the fifth activate waits for the first, the fourth does not", () => {
    const times = new BankTimes(part);
    for (let index = 0; index < 4; index++) {
      expect(times.activateTick(7)).toBeLessThan(begin + t.fourActivates);
      times.activate(index, 1, begin + index);
    }
    expect(times.activateTick(7)).toBe(Math.max(begin + t.fourActivates, begin + 3 + t.activateS));
  });
});

describe("a channel", () => {
  const part = dramPartNamed("DDR4-2400");

  it("serves a younger request for the open row first, and an older one before it as soon as that has waited too long", () => {
    const channel = new DramChannel(part, unrefreshed);
    alone(channel, 0, 1, false, 0);
    channel.submit(dramDirection.read, 0, 2, 100, 200);
    let [served, tick] = [0, 200];
    // There is always somebody for the open row.
    for (; channel.servedTag !== 100; served++) {
      while (channel.hasSpace(dramDirection.read)) channel.submit(dramDirection.read, 0, 1, 1, tick);
      do tick = channel.nextTick;
      while (channel.step() !== dramCommand.read);
    }
    expect(served).toBeGreaterThan(600);
    expect(channel.dataEnd).toBeGreaterThan(200 + 4096);
    expect(channel.dataEnd).toBeLessThan(200 + 4096 + 100);
  });

  it("lets nobody wait much longer than 4096 ticks and a queue's work, whatever comes", () => {
    const dice = new Dice(3);
    const rush = (index: number) => ({
      burst: dice.below(index % 50 === 0 ? 2 ** 26 : 512),
      isWrite: dice.below(40) === 0,
    });
    const { longestWait } = saturate(new DramChannel(part, openPage), part, 50_000, rush);
    // 64 requests, each with a row of its own in one bank, and the refreshes meanwhile.
    expect(longestWait).toBeLessThan(4096 + 64 * 80 + 2 * 500);
  });

  it("gathers writes while reads wait, and writes them in a row", () => {
    const channel = new DramChannel(part, unrefreshed);
    const ways: DramCommand[] = [];
    channel.listener = (_, command) => {
      if (command === dramCommand.read || command === dramCommand.write) ways.push(command);
    };
    saturate(channel, part, 4000, randomAccess(part, new Dice(5)), "rochrababgco");
    const turns = ways.filter((way, index) => index > 0 && way !== ways[index - 1]).length;
    expect(turns).toBeLessThan(4000 / 10);
    expect(countsOf(channel, channel.nextTick)["writes"]).toBe(ways.filter((way) => way === dramCommand.write).length);
  });

  it("closes rows with their last request when pages are closed: a next one is neither hit nor conflict", () => {
    const lone = (pagePolicy: "open" | "closed"): readonly (number | undefined)[] => {
      const channel = new DramChannel(part, { ...unrefreshed, pagePolicy });
      const ends = [1, 2, 2].map((row, index) => alone(channel, 0, row, false, 1000 * index) - 1000 * index);
      const { rowHits, rowMisses, rowConflicts } = countsOf(channel, 4000);
      return [...ends, rowHits, rowMisses, rowConflicts];
    };
    expect(lone("open")).toEqual([36, 52, 20, 1, 1, 1]);
    expect(lone("closed")).toEqual([36, 36, 36, 0, 3, 0]);
  });

  it.each(["all_bank", "per_bank"] as const)("refreshes in time, %s, also where a leap goes over it", (refresh) => {
    const hbm = dramPartNamed("HBM3-6400");
    const end = 3_000_000;
    const options = { ...openPage, refresh, powerDownAfter: 0 };
    const [leaping, stepping] = [new DramChannel(hbm, options), new DramChannel(hbm, options)];
    let commands = 0;
    stepping.listener = () => commands++;
    for (const channel of [leaping, stepping]) {
      alone(channel, 3, 1, false, 100_000);
      channel.settle(1_500_000);
      alone(channel, 9, 1, true, 1_700_000);
      channel.settle(end);
    }
    expect(countsOf(leaping, end)).toEqual(countsOf(stepping, end));
    const { bankRefresh, timing } = hbm;
    const interval = refresh === "all_bank" ? timing.refreshInterval : (bankRefresh?.interval ?? 0);
    // One rank at whole intervals, the other halfway between.
    const refreshes = Math.floor(end / interval) + Math.floor(end / interval + 0.5);
    expect(countsOf(leaping, end)["refreshes"]).toBe(refreshes);
    expect(commands).toBeGreaterThan(refreshes);
    // The next request meets the same channel.
    const next = (channel: DramChannel): number => alone(channel, 3, 5, false, end + 77);
    expect(next(leaping)).toBe(next(stepping));
  });

  it("powers idle ranks down, which costs the next request the exit time, and counts the time", () => {
    const ddr4 = dramPartNamed("DDR4-3200");
    const channel = new DramChannel(ddr4, { ...unrefreshed, powerDownAfter: 50 });
    // Both ranks have been down since tick 50; the first one's row stays open and it is down with that later.
    expect(alone(channel, 0, 1, false, 1000)).toBe(1000 + 10 + 48);
    const busyUntil = 1000 + 10 + 48;
    expect(alone(channel, 0, 1, false, 2000)).toBe(2000 + 10 + 26);
    const { activePowerDown = 0, prechargePowerDown = 0, activeStandby = 0 } = countsOf(channel, 2036);
    expect(activePowerDown).toBe(2000 - busyUntil - 50);
    expect(prechargePowerDown).toBe(950 + (2036 - 50));
    expect(activeStandby).toBe(2036 - 1010 - activePowerDown);
  });

  it("counts bursts, rows and waiting", () => {
    const channel = new DramChannel(part, unrefreshed);
    for (let index = 0; index < 4; index++) channel.submit(dramDirection.read, 0, index >> 1, index, 0);
    const reads = ticksOf(channel, dramCommand.read);
    // tRCD 16, then tCCD_L 6; tRTP 9 and tRAS 39 before the other row is opened, tRP 16 and tRCD 16.
    expect(reads).toEqual([16, 22, 39 + 32, 39 + 38]);
    const expected: Partial<Record<DramCount, number>> = {
      ...{ reads: 4, writes: 0, activates: 2, precharges: 1, refreshes: 0 },
      ...{ rowHits: 2, rowMisses: 1, rowConflicts: 1, busBusy: 16, queued: 16 * 4 + 6 * 3 + 49 * 2 + 6 },
    };
    expect(countsOf(channel, 200)).toMatchObject(expected);
  });

  it("is saved and put back in the middle of everything", () => {
    const channel = new DramChannel(part, { ...openPage, pagePolicy: "closed" });
    const run = (dice: Dice): number[] => {
      const ends: number[] = [];
      const access = randomAccess(part, dice);
      for (let index = 0; index < 400; index++) {
        const { burst, isWrite } = access(index);
        const way = isWrite ? dramDirection.write : dramDirection.read;
        while (!channel.hasSpace(way)) {
          const tick = channel.nextTick;
          channel.step();
          ends.push(tick, channel.dataEnd);
        }
        channel.submit(way, burst % 16, burst % 5, index, 0);
      }
      return ends;
    };
    run(new Dice(1));
    const saved = channel.save();
    const first = run(new Dice(2));
    run(new Dice(3));
    channel.restore(saved);
    expect(run(new Dice(2))).toEqual(first);
    channel.clear();
    expect(alone(channel, 0, 1, false, 0)).toBe(36);
  });
});

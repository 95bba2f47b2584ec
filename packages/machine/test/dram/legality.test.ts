import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DramChannel, type DramChannelOptions } from "../../src/dram/dram-channel.ts";
import { dramCommand } from "../../src/dram/dram-command.ts";
import type { DramPart } from "../../src/dram/dram-part.ts";
import { dramPartNamed, dramParts } from "../../src/dram/dram-parts.ts";
import { dramDirection } from "../../src/dram/request-queue.ts";
import { LegalityChecker } from "./legality.ts";
import { Dice } from "./traffic.ts";

/** Commands of each part that the gate looks at; `DRAM_COMMANDS=10000000` has as many looked at in all. */
const commandsOfPart = Number(process.env["DRAM_COMMANDS"] ?? 300_000) / dramParts.length;

/** Requests in spells: rushes and pauses, few rows and many, mostly reads or mostly writes. */
function runSpells(part: DramPart, options: DramChannelOptions, seed: number, commands: number): number {
  const channel = new DramChannel(part, options);
  const checker = new LegalityChecker(part);
  channel.listener = (...command) => checker.check(...command);
  const dice = new Dice(seed);
  const banks = part.ranks * part.bankGroups * part.banksPerGroup;
  let tick = 0;
  while (checker.commands < commands) {
    const [writes, rows, someBanks] = [dice.below(4), 1 + dice.below(4), 1 + dice.below(banks)];
    const pace = [0, 1, 3, 20, 150][dice.below(5)] ?? 0;
    for (let request = dice.below(300); request > 0; request--) {
      const way = dice.below(4) < writes ? dramDirection.write : dramDirection.read;
      tick += dice.below(pace + 1);
      while (channel.waiting > 0 && (channel.nextTick < tick || !channel.hasSpace(way))) {
        tick = Math.max(tick, channel.nextTick);
        channel.step();
      }
      if (channel.waiting === 0) channel.settle(tick);
      channel.submit(way, dice.below(someBanks), dice.below(rows), 0, tick);
    }
    if (dice.below(3) > 0) continue;
    while (channel.waiting > 0) {
      tick = Math.max(tick, channel.nextTick);
      channel.step();
    }
    tick += dice.below(4) === 0 ? dice.below(5 * part.timing.refreshInterval) : dice.below(500);
  }
  return checker.commands;
}

const anyOptions = fc.record({
  pagePolicy: fc.constantFrom("open", "closed"),
  perBank: fc.boolean(),
  queueDepth: fc.constantFrom(1, 2, 5, 32),
  powerDownAfter: fc.constantFrom(0, 1, 100),
});

describe("commands of the controller", () => {
  it.each(dramParts.map((part) => [part.name, part] as const))(
    "are all legal, %s",
    (_, part) => {
      const runs = 10;
      const property = fc.property(anyOptions, fc.nat(), ({ perBank, ...options }, seed) => {
        const refresh = perBank && part.bankRefresh !== undefined ? "per_bank" : "all_bank";
        runSpells(part, { ...options, refresh }, seed, commandsOfPart / runs);
      });
      fc.assert(property, { numRuns: runs, endOnFailure: true });
    },
    600_000,
  );
});

describe("the judge of commands", () => {
  const part = dramPartNamed("DDR4-2400");
  const { activate, read, precharge, refresh } = dramCommand;

  it("finds a command that comes one tick too early, and none that comes in time", () => {
    // Activate, read, precharge and activate again: tRCD 16, tRAS 39, tRC 55.
    const sequence = (shift: readonly number[]): void => {
      const checker = new LegalityChecker(part);
      checker.check(100, activate, 0, 0, 7, false);
      checker.check(116 + (shift[0] ?? 0), read, 0, 0, 7, false);
      checker.check(139 + (shift[1] ?? 0), precharge, 0, 0, -1, false);
      checker.check(155 + (shift[2] ?? 0), activate, 0, 0, 8, false);
    };
    expect(() => sequence([0, 0, 0])).not.toThrow();
    expect(() => sequence([-1, 0, 0])).toThrow("tRCD: not before 116");
    expect(() => sequence([0, -1, 0])).toThrow("tRAS: not before 139");
    expect(() => sequence([0, 0, -1])).toThrow("tRC: not before 155");
  });

  it("finds a fifth activate within tFAW, a taken bus, a wrong row and a refresh over an open row", () => {
    const checker = new LegalityChecker(part);
    for (const [bank, tick] of [0, 4, 8, 12].map((bank, index) => [bank, 4 * index] as const)) {
      checker.check(tick, activate, 0, bank, 1, false);
    }
    expect(() => checker.check(25, activate, 0, 1, 1, false)).toThrow("4 activates since 0, window 26");
    expect(() => checker.check(25, read, 0, 0, 1, false)).toThrow("the command bus is taken");
    expect(() => checker.check(30, read, 0, 0, 2, false)).toThrow("row 1 is open, not 2");
    expect(() => checker.check(31, refresh, 0, 0, -1, false)).toThrow("a row is open");
  });
});

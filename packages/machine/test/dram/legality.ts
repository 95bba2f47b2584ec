import { type DramCommand, dramCommand } from "../../src/dram/dram-command.ts";
import type { DramPart } from "../../src/dram/dram-part.ts";

/**
 * Judges the commands of a channel by the list of constraints of the standards, one after the other: so far apart must two commands be that
 * go to the same bank, bank group or rank, or to different ranks. It keeps when each kind of command was last given where, and knows nothing
 * of how the controller finds out when it may give one.
 */

type Scope = "bank" | "group" | "rank" | "otherRank";
type Constraint = {
  readonly name: string;
  readonly before: DramCommand;
  readonly after: DramCommand;
  readonly scope: Scope;
  readonly ticks: number;
};

const { activate, precharge, read, write, prechargeAll, refresh, refreshBank } = dramCommand;

function constraintsOf({ timing: t, bankRefresh }: DramPart): readonly Constraint[] {
  const rule = (name: string, before: DramCommand, after: DramCommand, scope: Scope, ticks: number): Constraint => {
    return { name, before, after, scope, ticks };
  };
  const writeEnd = t.writeLatency + t.burst;
  const rules = [
    rule("tRC", activate, activate, "bank", t.activateToActivate),
    rule("tRRD_L", activate, activate, "group", t.activateL),
    rule("tRRD_S", activate, activate, "rank", t.activateS),
    rule("tRCD", activate, read, "bank", t.activateToRead),
    rule("tRCDWR", activate, write, "bank", t.activateToWrite),
    rule("tRAS", activate, precharge, "bank", t.activateToPrecharge),
    rule("tRAS", activate, prechargeAll, "rank", t.activateToPrecharge),
    rule("tRP", precharge, activate, "bank", t.precharge),
    rule("tRPab", prechargeAll, activate, "rank", t.prechargeAll),
    rule("tRP", precharge, refresh, "rank", t.precharge),
    rule("tRPab", prechargeAll, refresh, "rank", t.prechargeAll),
    rule("tRP", precharge, refreshBank, "bank", t.precharge),
    rule("tPPD", precharge, precharge, "rank", t.prechargeToPrecharge),
    rule("tPPD", precharge, prechargeAll, "rank", t.prechargeToPrecharge),
    rule("tCCD_L", read, read, "group", t.readToReadL),
    rule("tCCD_S", read, read, "rank", t.readToReadS),
    rule("tCCD_R", read, read, "otherRank", t.burst + t.rankSwitch),
    rule("tCCD_L_WR", write, write, "group", t.writeToWriteL),
    rule("tCCD_S_WR", write, write, "rank", t.writeToWriteS),
    rule("tCCD_R", write, write, "otherRank", t.burst + t.rankSwitch),
    rule("tRTW", read, write, "rank", t.readToWrite),
    rule("tWTR_L", write, read, "group", writeEnd + t.writeToReadL),
    rule("tWTR_S", write, read, "rank", writeEnd + t.writeToReadS),
    rule("tRTP", read, precharge, "bank", t.readToPrecharge),
    rule("tRTP", read, prechargeAll, "rank", t.readToPrecharge),
    rule("tWR", write, precharge, "bank", writeEnd + t.writeRecovery),
    rule("tWR", write, prechargeAll, "rank", writeEnd + t.writeRecovery),
    rule("tRFC", refresh, activate, "rank", t.refresh),
    rule("tRFC", refresh, refresh, "rank", t.refresh),
  ];
  if (bankRefresh === undefined) return rules;
  return [
    ...rules,
    rule("tRFCpb", refreshBank, activate, "bank", bankRefresh.refresh),
    rule("tRREFD", refreshBank, activate, "rank", bankRefresh.toActivate),
    rule("tPBR2PBR", refreshBank, refreshBank, "rank", bankRefresh.toRefresh),
    rule("tRRD_S", activate, refreshBank, "rank", t.activateS),
  ];
}

const kinds = 7;
const never = Number.NEGATIVE_INFINITY;

export class LegalityChecker {
  commands = 0;
  readonly #part: DramPart;
  readonly #rules: readonly (readonly Constraint[])[];
  readonly #last: Readonly<Record<"bank" | "group" | "rank", Float64Array>>;
  readonly #openRow: Int32Array;
  readonly #lastRefresh: Float64Array;
  readonly #activates: number[][];
  readonly #busTick = [never, never];
  #dataEnd = never;
  #dataRank = -1;

  constructor(part: DramPart) {
    const groups = part.ranks * part.bankGroups;
    const banks = groups * part.banksPerGroup;
    const rules = constraintsOf(part);
    this.#part = part;
    this.#rules = Array.from({ length: kinds }, (_, kind) => rules.filter(({ after }) => after === kind));
    const column = (size: number): Float64Array => new Float64Array(size * kinds).fill(never);
    this.#last = { bank: column(banks), group: column(groups), rank: column(part.ranks) };
    this.#openRow = new Int32Array(banks).fill(-1);
    this.#lastRefresh = new Float64Array(part.ranks);
    this.#activates = Array.from({ length: part.ranks }, () => []);
  }

  /** Throws where a command breaks a rule. */
  check(tick: number, command: DramCommand, rank: number, bank: number, row: number, isClosing: boolean): void {
    this.commands++;
    this.#checkBuses(tick, command, rank);
    this.#checkRow(tick, command, rank, bank, row);
    for (const rule of this.#rules[command] ?? []) {
      const earliest = this.#lastOf(rule, rank, bank) + rule.ticks;
      if (tick < earliest) this.#fail(tick, command, rank, bank, `${rule.name}: not before ${earliest}`);
    }
    if (command === activate) this.#checkWindows(tick, rank, bank);
    this.#note(command, rank, bank, tick);
    if (isClosing) this.#closeAfter(tick, command, rank, bank);
  }

  #lastOf({ before, scope }: Constraint, rank: number, bank: number): number {
    if (scope === "bank") return this.#last.bank[bank * kinds + before] ?? never;
    const group = Math.floor(bank / this.#part.banksPerGroup);
    if (scope === "group") return this.#last.group[group * kinds + before] ?? never;
    if (scope === "rank") return this.#last.rank[rank * kinds + before] ?? never;
    let latest = never;
    for (let other = 0; other < this.#part.ranks; other++) {
      if (other !== rank) latest = Math.max(latest, this.#last.rank[other * kinds + before] ?? never);
    }
    return latest;
  }

  #note(command: DramCommand, rank: number, bank: number, tick: number): void {
    const group = Math.floor(bank / this.#part.banksPerGroup);
    const places = [
      [this.#last.bank, bank],
      [this.#last.group, group],
      [this.#last.rank, rank],
    ] as const;
    for (const [column, place] of places) {
      const index = place * kinds + command;
      column[index] = Math.max(column[index] ?? never, tick);
    }
  }

  /** Closing by itself counts as a precharge at the first tick at which one would be allowed. */
  #closeAfter(tick: number, command: DramCommand, rank: number, bank: number): void {
    const { timing } = this.#part;
    const opened = this.#last.bank[bank * kinds + activate] ?? never;
    const writeEnd = (this.#last.bank[bank * kinds + write] ?? never) + timing.writeLatency + timing.burst;
    const readEnd = (this.#last.bank[bank * kinds + read] ?? never) + timing.readToPrecharge;
    const closed = Math.max(opened + timing.activateToPrecharge, readEnd, writeEnd + timing.writeRecovery, tick);
    this.#openRow[bank] = -1;
    this.#last.bank[bank * kinds + precharge] = closed;
    const index = rank * kinds + precharge;
    // It takes no command, so only what has to wait for closed rows waits for it, not the next precharge.
    if (command === read || command === write) this.#closing[rank] = Math.max(this.#closing[rank] ?? never, closed);
    else this.#last.rank[index] = closed;
  }

  readonly #closing: number[] = [];

  #checkRow(tick: number, command: DramCommand, rank: number, bank: number, row: number): void {
    const open = this.#openRow[bank] ?? -1;
    const banksPerRank = this.#part.bankGroups * this.#part.banksPerGroup;
    const banks = this.#openRow.subarray(rank * banksPerRank, (rank + 1) * banksPerRank);
    if (command === activate) {
      if (open >= 0) this.#fail(tick, command, rank, bank, `row ${open} is open`);
      this.#openRow[bank] = row;
    } else if (command === read || command === write) {
      if (open !== row || row < 0) this.#fail(tick, command, rank, bank, `row ${open} is open, not ${row}`);
    } else if (command === precharge) {
      if (open < 0) this.#fail(tick, command, rank, bank, "no row is open");
      this.#openRow[bank] = -1;
    } else if (command === prechargeAll) banks.fill(-1);
    else if (command === refreshBank) {
      if (open >= 0) this.#fail(tick, command, rank, bank, `row ${open} is open`);
      this.#checkRefreshed(tick, rank, (this.#part.bankRefresh?.interval ?? 0) * 2);
    } else if (command === refresh) {
      if (banks.some((each) => each >= 0)) this.#fail(tick, command, rank, bank, "a row is open");
      const closed = (this.#closing[rank] ?? never) + this.#part.timing.precharge;
      if (tick < closed) this.#fail(tick, command, rank, bank, `tRP: rows close by themselves, not before ${closed}`);
      this.#checkRefreshed(tick, rank, this.#part.timing.refreshInterval * 2);
    }
  }

  #checkRefreshed(tick: number, rank: number, most: number): void {
    const gap = tick - (this.#lastRefresh[rank] ?? 0);
    if (gap > most) throw new Error(`rank ${rank} was not refreshed for ${gap} ticks before ${tick}`);
    this.#lastRefresh[rank] = tick;
  }

  #checkWindows(tick: number, rank: number, bank: number): void {
    const activates = this.#activates[rank] ?? [];
    const { fourActivates, thirtyTwoActivates } = this.#part.timing;
    for (const [most, window] of [
      [4, fourActivates],
      [32, thirtyTwoActivates],
    ] as const) {
      const first = activates.at(-most);
      if (first !== undefined && tick < first + window) {
        this.#fail(tick, activate, rank, bank, `${most} activates since ${first}, window ${window}`);
      }
    }
    activates.push(tick);
    if (activates.length > 64) activates.splice(0, 32);
  }

  #checkBuses(tick: number, command: DramCommand, rank: number): void {
    const isColumn = command === read || command === write;
    const bus = this.#part.hasTwoCommandBuses && isColumn ? 1 : 0;
    if (tick <= (this.#busTick[bus] ?? never)) this.#fail(tick, command, rank, -1, "the command bus is taken");
    this.#busTick[bus] = tick;
    if (!isColumn) return;
    const { readLatency, writeLatency, burst, rankSwitch } = this.#part.timing;
    const begin = tick + (command === read ? readLatency : writeLatency);
    const gap = this.#dataRank >= 0 && this.#dataRank !== rank ? rankSwitch : 0;
    if (begin < this.#dataEnd + gap) this.#fail(tick, command, rank, -1, `the data bus is taken to ${this.#dataEnd}`);
    this.#dataEnd = begin + burst;
    this.#dataRank = rank;
  }

  #fail(tick: number, command: DramCommand, rank: number, bank: number, why: string): never {
    const name = Object.keys(dramCommand)[command];
    throw new Error(`${this.#part.name}: ${name} at tick ${tick}, rank ${rank}, bank ${bank}: ${why}`);
  }
}

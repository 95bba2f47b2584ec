import type { BankTimes } from "./bank-times.ts";
import { type DramCommand, dramCommand } from "./dram-command.ts";
import type { RankStates } from "./rank-states.ts";
import { type Direction, dramDirection, type RequestQueue } from "./request-queue.ts";

/** Ticks that a request waits at most before it comes first. */
const patienceTicks = 4096;
/** What comes first of commands of one tick. */
const order = { refresh: 0, overdue: 1, column: 2, row: 3 } as const;
/** Later than any request is by its age: commands for rows come after columns. */
const afterColumns = 2 ** 52;
const never = Number.POSITIVE_INFINITY;
const commands: readonly DramCommand[] = [0, 1, 2, 3, 4, 5, 6, 7];

/** Which command a channel gives next, and when: first ready, first come. */
export class CommandChoice {
  tick: number = never;
  command: DramCommand = dramCommand.due;
  rank: number = 0;
  bank: number = 0;
  /** The request for which it is, or -1. */
  slot: number = -1;
  #class = 0;
  #sequence = 0;
  #isAnyPending = false;
  readonly #times: BankTimes;
  readonly #queue: RequestQueue;
  readonly #ranks: RankStates;
  // By direction and bank: the next command for its requests, for which of them, and a tick before which it cannot be given.
  readonly #bankCommand: Uint8Array;
  readonly #bankSlot: Int32Array;
  readonly #bankTick: Float64Array;

  constructor(times: BankTimes, queue: RequestQueue, ranks: RankStates) {
    this.#times = times;
    this.#queue = queue;
    this.#ranks = ranks;
    this.#bankCommand = new Uint8Array(2 * queue.banks);
    this.#bankSlot = new Int32Array(2 * queue.banks);
    this.#bankTick = new Float64Array(2 * queue.banks);
  }

  /** Whether a request that arrived then has waited too long. */
  isOverdue(arrival: number, now: number): boolean {
    return now - arrival > patienceTicks;
  }

  /** To be called whenever requests, the row or the times of a bank have changed. */
  review(bank: number): void {
    this.reviewWay(dramDirection.read, bank);
    this.reviewWay(dramDirection.write, bank);
  }

  reviewRank(rank: number): void {
    const first = this.#times.firstBankOf(rank);
    const end = this.#times.firstBankOf(rank + 1);
    for (let bank = first; bank < end; bank++) this.review(bank);
  }

  /** Among the requests of one direction, and the refreshes. The two buses are free from these ticks on. */
  choose(now: number, way: Direction, rowBus: number, columnBus: number): void {
    this.tick = never;
    const rowFrom = Math.max(now, rowBus);
    this.#isAnyPending = false;
    this.#chooseRefresh(rowFrom);
    // Somebody can be overdue only if the oldest is.
    const isAnyOverdue = this.isOverdue(this.#queue.oldestArrival(way), now);
    const columnFrom = Math.max(now, columnBus);
    if (this.#isAnyPending || isAnyOverdue) this.#chooseCarefully(now, way, rowFrom, columnFrom);
    else this.#chooseRequest(way, rowFrom, columnFrom);
    this.#chooseDue(now);
  }

  /** The same where only requests of one direction have changed. */
  reviewWay(way: Direction, bank: number): void {
    const list = way * this.#queue.banks + bank;
    const oldest = this.#queue.first[list] ?? -1;
    if (oldest < 0) return;
    const hit = this.#queue.hit[list] ?? -1;
    if ((this.#times.openRow[bank] ?? -1) < 0) {
      this.#bankCommand[list] = dramCommand.activate;
      this.#bankSlot[list] = oldest;
      this.#bankTick[list] = this.#times.bankActivate[bank] ?? 0;
    } else if (hit < 0) {
      this.#bankCommand[list] = dramCommand.precharge;
      this.#bankSlot[list] = oldest;
      this.#bankTick[list] = this.#times.bankPrecharge[bank] ?? 0;
    } else {
      this.#bankCommand[list] = way === dramDirection.read ? dramCommand.read : dramCommand.write;
      this.#bankSlot[list] = hit;
      this.#bankTick[list] = this.#times.bankColumns[way][bank] ?? 0;
    }
  }

  /** For refreshes that are due: rows are closed, then the refresh is given. */
  #chooseRefresh(from: number): void {
    const ranks = this.#ranks;
    for (let rank = 0; rank < ranks.ranks; rank++) {
      if (!ranks.isPending(rank)) continue;
      this.#isAnyPending = true;
      const bank = ranks.refreshedBank(rank);
      if (ranks.isPerBank) {
        const isOpen = (this.#times.openRow[bank] ?? -1) >= 0;
        const tick = isOpen ? this.#times.prechargeTick(bank) : this.#times.refreshBankTick(bank);
        const command = isOpen ? dramCommand.precharge : dramCommand.refreshBank;
        this.#offer(Math.max(tick, from), order.refresh, rank, command, rank, bank, -1);
      } else {
        const isOpen = ranks.openRows(rank) > 0;
        const tick = isOpen ? this.#times.prechargeAllTick(rank) : this.#times.refreshTick(rank);
        const command = isOpen ? dramCommand.prechargeAll : dramCommand.refresh;
        this.#offer(Math.max(tick, from), order.refresh, rank, command, rank, this.#times.firstBankOf(rank), -1);
      }
    }
  }

  /**
   * The loop on which the controller's speed depends. Most banks come too late by what is known of them; only for the others are their group,
   * their rank and the bus asked. What these say is kept: for the same command it can only become later.
   */
  #chooseRequest(way: Direction, rowFrom: number, columnFrom: number): void {
    const { rankShift } = this.#times;
    const { banks, waiting, sequence } = this.#queue;
    const [bankTicks, bankCommands, bankSlots] = [this.#bankTick, this.#bankCommand, this.#bankSlot];
    const start = way * banks;
    const end = start + this.#queue.bankCount(way);
    let best = never;
    let bestTurn = never;
    let bestBank = -1;
    for (let place = start; place < end; place++) {
      const bank = waiting[place] ?? 0;
      const list = start + bank;
      let tick = bankTicks[list] ?? 0;
      if (tick > best) continue;
      const command = bankCommands[list] ?? 0;
      const isColumn = command >= dramCommand.read;
      const from = isColumn ? columnFrom : rowFrom;
      tick = Math.max(tick, from, this.#aroundTick(command, bank, bank >> rankShift));
      bankTicks[list] = tick;
      if (tick > best) continue;
      const age = sequence[bankSlots[list] ?? 0] ?? 0;
      const turn = isColumn ? age : age + afterColumns;
      if (tick === best && turn > bestTurn) continue;
      best = tick;
      bestTurn = turn;
      bestBank = bank;
    }
    if (bestBank < 0) return;
    this.tick = best;
    this.command = commands[bankCommands[start + bestBank] ?? 0] ?? dramCommand.due;
    this.rank = bestBank >> rankShift;
    this.bank = bestBank;
    this.slot = bankSlots[start + bestBank] ?? 0;
  }

  /**
   * The same where a refresh is due, so that banks may have to wait for it, or somebody is overdue: the oldest of a bank then comes first, and
   * younger ones for the open row no longer do.
   */
  #chooseCarefully(now: number, way: Direction, rowFrom: number, columnFrom: number): void {
    const { banks, waiting, sequence, first } = this.#queue;
    const start = way * banks;
    const end = start + this.#queue.bankCount(way);
    for (let place = start; place < end; place++) {
      const bank = waiting[place] ?? 0;
      const list = start + bank;
      const rank = this.#times.rankOf(bank);
      if (this.#ranks.isBlocked(rank, bank)) continue;
      const oldest = first[list] ?? 0;
      const isOverdue = this.isOverdue(this.#queue.arrivalOf(oldest), now);
      const isForced = isOverdue && this.#bankSlot[list] !== oldest;
      const slot = isForced ? oldest : (this.#bankSlot[list] ?? 0);
      const command = isForced ? dramCommand.precharge : (commands[this.#bankCommand[list] ?? 0] ?? dramCommand.due);
      const bankTick = (isForced ? this.#times.bankPrecharge[bank] : this.#bankTick[list]) ?? 0;
      const isColumn = command >= dramCommand.read;
      const tick = Math.max(bankTick, isColumn ? columnFrom : rowFrom, this.#aroundTick(command, bank, rank));
      const usual = isColumn ? order.column : order.row;
      this.#offer(tick, isOverdue ? order.overdue : usual, sequence[slot] ?? 0, command, rank, bank, slot);
    }
  }

  /** When the group and the rank of a bank allow a command. */
  #aroundTick(command: number, bank: number, rank: number): number {
    const { groupTicks, rankTicks, groups, ranks, groupShift } = this.#times;
    const group = groupTicks[command * groups + (bank >> groupShift)] ?? 0;
    return Math.max(group, rankTicks[command * ranks + rank] ?? 0);
  }

  /** A refresh that falls due before, or when, a command would be given comes first. */
  #chooseDue(now: number): void {
    const ranks = this.#ranks;
    for (let rank = 0; rank < ranks.ranks; rank++) {
      if (ranks.isPending(rank)) continue;
      const tick = Math.max(now, ranks.dueTick(rank));
      if (tick === never || tick > this.tick || (tick === this.tick && this.command === dramCommand.due)) continue;
      this.tick = tick;
      this.command = dramCommand.due;
      this.rank = rank;
      this.bank = ranks.refreshedBank(rank);
      this.slot = -1;
    }
  }

  #offer(
    tick: number,
    priority: number,
    sequence: number,
    command: DramCommand,
    rank: number,
    bank: number,
    slot: number,
  ): void {
    if (tick > this.tick) return;
    if (tick === this.tick) {
      if (priority > this.#class) return;
      if (priority === this.#class && sequence > this.#sequence) return;
    }
    this.tick = tick;
    this.#class = priority;
    this.#sequence = sequence;
    this.command = command;
    this.rank = rank;
    this.bank = bank;
    this.slot = slot;
  }
}

import type { SavedColumns } from "../engine/columns.ts";
import { EventQueue, type SavedEventQueue } from "../engine/event-queue.ts";
import { AddressMapping } from "./address-mapping.ts";
import { type BurstStreamStart, BurstStreams, type SavedBurstStreams } from "./burst-streams.ts";
import { DramChannel, type DramChannelOptions, type SavedDramChannel } from "./dram-channel.ts";
import { dramCommand } from "./dram-command.ts";
import { dramCountNumber } from "./dram-counts.ts";
import type { DramPart } from "./dram-part.ts";
import { type Direction, dramDirection } from "./request-queue.ts";
import type { TickClock } from "./tick-clock.ts";
import { WaitingLines } from "./waiting-lines.ts";

const none = -1;
const never = Number.POSITIVE_INFINITY;

/** An external memory bank as DRAM: so many channels of the part. */
export type DramBank = {
  readonly region: number;
  readonly channels: number;
  readonly mapping: string;
  readonly options: DramChannelOptions;
};

export type DramSetup = {
  /** The same for all banks, since they share a clock. */
  readonly part: DramPart;
  readonly clock: TickClock;
  readonly banks: readonly DramBank[];
};

export type SavedExternalDram = {
  readonly channels: readonly SavedDramChannel[];
  readonly streams: SavedBurstStreams;
  readonly timers: SavedEventQueue;
  readonly events: SavedEventQueue;
  readonly lines: SavedColumns;
};

/**
 * The external memories as DRAM. Transfers that begin or end there are streams of bursts; a stream hands them over in order, at the pace of its
 * engine, to the controllers of the channels where they lie, and waits in line where a queue is full. The channels go through time together,
 * from command to command; the engine lets them go as far as its own next event (`nextTick`, `step`).
 */
export class ExternalDram {
  readonly ranksPerChannel: number;
  readonly #clock: TickClock;
  readonly #unitsPerByte: number;
  readonly #channels: DramChannel[] = [];
  /** By region: its mapping, and its first channel. */
  readonly #mappings: (AddressMapping | undefined)[] = [];
  readonly #firstChannel: number[] = [];
  readonly #channelCount: number[] = [];
  readonly #streams: BurstStreams;
  /** When streams hand over their next burst, and when channels give their next command. */
  readonly #timers: EventQueue;
  readonly #events: EventQueue;
  /** Where streams wait for space: a line for each channel and direction. */
  readonly #lines: WaitingLines;

  constructor({ part, clock, banks }: DramSetup, regionCount: number, moverCount: number, unitsPerByte: number) {
    this.#clock = clock;
    this.ranksPerChannel = part.ranks;
    this.#unitsPerByte = unitsPerByte;
    const burstBytes = new Float64Array(regionCount);
    for (const { region, channels, mapping, options } of banks) {
      burstBytes[region] = part.burstBytes;
      this.#mappings[region] = new AddressMapping(part, channels, mapping);
      this.#firstChannel[region] = this.#channels.length;
      this.#channelCount[region] = channels;
      for (let channel = 0; channel < channels; channel++) this.#channels.push(new DramChannel(part, options));
    }
    this.#streams = new BurstStreams(moverCount, burstBytes);
    this.#timers = new EventQueue(2 * moverCount);
    this.#events = new EventQueue(this.#channels.length);
    this.#lines = new WaitingLines(2 * this.#channels.length, 2 * moverCount);
  }

  /** Whether a region is DRAM. */
  serves(region: number): boolean {
    return this.#mappings[region] !== undefined;
  }

  channelCount(region: number): number {
    return this.#channelCount[region] ?? 0;
  }

  /** The first tick that is not before a cycle; Infinity for no cycle. */
  tickAt(cycle: number): number {
    return cycle === never ? never : this.#clock.tickAt(cycle);
  }

  /** A mover asks for the bytes of its transfer from a cycle on. */
  beginRead(mover: number, start: BurstStreamStart): void {
    this.#begin(2 * mover, start);
  }

  /** The bytes of a mover's transfer come from a cycle on. */
  beginWrite(mover: number, start: BurstStreamStart): void {
    this.#begin(2 * mover + 1, start);
  }

  /** Whether a mover has a transfer under way that reads or writes DRAM. */
  isUsedBy(mover: number): boolean {
    return this.#streams.isActive[2 * mover] === 1 || this.#streams.isActive[2 * mover + 1] === 1;
  }

  /** Cycle at which the first data that a mover reads are there; Infinity while that is not known, or where it reads none. */
  firstData(mover: number): number {
    return this.#cycleOf(2 * mover, this.#streams.firstData);
  }

  /**
   * All bytes of a mover's transfer have passed its ports by a cycle: the last burst that it writes may be given, `latency` cycles after the last
   * that it reads is there.
   */
  passed(mover: number, cycle: number, latency: number): void {
    const write = 2 * mover + 1;
    const streams = this.#streams;
    if (streams.isActive[write] !== 1 || streams.releasedAt[write] !== never) return;
    const readEnd = this.#readEnd(mover, latency);
    if (readEnd === never) return;
    streams.releasedAt[write] = Math.max(cycle, readEnd);
    // Before its last burst a stream has a timer or a place in a line and comes by itself.
    if (streams.isLast(write)) this.#handOver(write, this.#clock.tickAt(cycle));
  }

  /** Cycle at which all that a mover reads and writes is done, `latency` cycles after the last data read; Infinity while not known. */
  end(mover: number, latency: number): number {
    const write = 2 * mover + 1;
    const written = this.#streams.isActive[write] === 1 ? this.#cycleOf(write, this.#streams.lastData) : 0;
    return Math.max(this.#readEnd(mover, latency), written);
  }

  /** The transfer is complete, or dropped at a cycle: what still waits of it is taken out. */
  finish(mover: number, cycle: number): void {
    for (const stream of [2 * mover, 2 * mover + 1]) {
      if (this.#streams.isActive[stream] !== 1) continue;
      this.#streams.stop(stream);
      if (this.#streams.lastData[stream] === never) this.#withdraw(stream, this.#clock.tickAt(cycle));
    }
  }

  /** Tick of the next thing that happens; Infinity when nobody waits for anything. */
  get nextTick(): number {
    return Math.min(this.#timers.earliest, this.#events.earliest);
  }

  /** Lets the next thing happen; returns the mover of whose transfer something has become known by that, or -1. */
  step(): number {
    const tick = this.nextTick;
    if (this.#timers.earliest === tick) {
      this.#handOver(this.#timers.pop(), tick);
      return none;
    }
    const number = this.#events.pop();
    const channel = this.#channels[number];
    if (channel === undefined) throw new RangeError(`no channel ${number}`);
    const command = channel.step();
    let news = none;
    if (command === dramCommand.read || command === dramCommand.write) {
      const stream = channel.servedTag;
      if (this.#streams.served(stream, channel.dataEnd)) news = stream >> 1;
      this.#callUp(number, channel.servedWay, tick);
    }
    this.#reschedule(number);
    return news;
  }

  /** What the channels of a region have counted up to a cycle, summed up. */
  counts(region: number, cycle: number): Float64Array {
    const tick = this.#clock.tickAt(cycle);
    const sum = new Float64Array(dramCountNumber);
    for (const channel of this.#channelsOf(region)) {
      if (channel.waiting === 0) channel.settle(tick);
      for (const [place, count] of channel.countsAt(tick).entries()) sum[place] = (sum[place] ?? 0) + count;
    }
    return sum;
  }

  clear(): void {
    for (const channel of this.#channels) channel.clear();
    this.#streams.clear();
    this.#timers.clear();
    this.#events.clear();
    this.#lines.clear();
  }

  save(): SavedExternalDram {
    return {
      channels: this.#channels.map((channel) => channel.save()),
      streams: this.#streams.save(),
      timers: this.#timers.save(),
      events: this.#events.save(),
      lines: this.#lines.save(),
    };
  }

  restore({ channels, streams, timers, events, lines }: SavedExternalDram): void {
    for (const [number, saved] of channels.entries()) this.#channels[number]?.restore(saved);
    this.#streams.restore(streams);
    this.#timers.restore(timers);
    this.#events.restore(events);
    this.#lines.restore(lines);
  }

  #channelsOf(region: number): readonly DramChannel[] {
    const first = this.#firstChannel[region] ?? 0;
    return this.#channels.slice(first, first + (this.#channelCount[region] ?? 0));
  }

  #cycleOf(stream: number, ticks: Float64Array): number {
    const tick = ticks[stream] ?? never;
    return tick === never ? never : this.#clock.cycleAt(tick);
  }

  #readEnd(mover: number, latency: number): number {
    const read = 2 * mover;
    return this.#streams.isActive[read] === 1 ? this.#cycleOf(read, this.#streams.lastData) + latency : 0;
  }

  #begin(stream: number, start: BurstStreamStart): void {
    this.#streams.start(stream, start);
    this.#handOver(stream, this.#clock.tickAt(start.cycle));
  }

  /** Hands over as many bursts as may come by a tick and find space. */
  #handOver(stream: number, tick: number): void {
    while (this.#streams.hasNext(stream)) {
      const from = this.#paceTick(stream);
      if (from > tick) {
        if (from !== never) this.#timers.schedule(stream, from);
        return;
      }
      const channel = this.#channelOf(stream);
      const line = 2 * channel + (stream & 1);
      const way: Direction = (stream & 1) === 0 ? dramDirection.read : dramDirection.write;
      if (this.#lines.firstOf(line) !== none || this.#channels[channel]?.hasSpace(way) !== true) {
        this.#lines.join(line, stream);
        return;
      }
      this.#submit(stream, channel, way, tick);
    }
  }

  /** From when on the next burst may be handed over: as fast as the engine moves bytes; the last one written when all have come. */
  #paceTick(stream: number): number {
    const streams = this.#streams;
    const isWrite = (stream & 1) === 1;
    if (isWrite && streams.isLast(stream)) return this.tickAt(streams.releasedAt[stream] ?? never);
    const bytes = (isWrite ? streams.upTo[stream] : streams.before[stream]) ?? 0;
    const cycles = (bytes * this.#unitsPerByte) / (streams.rate[stream] ?? 1);
    return this.#clock.tickAt((streams.begin[stream] ?? 0) + (isWrite ? Math.ceil(cycles) : Math.floor(cycles)));
  }

  #channelOf(stream: number): number {
    const region = this.#streams.region[stream] ?? 0;
    const channel = this.#mappings[region]?.channelOf(this.#streams.burst[stream] ?? 0) ?? 0;
    return (this.#firstChannel[region] ?? 0) + channel;
  }

  #submit(stream: number, number: number, way: Direction, tick: number): void {
    const channel = this.#channels[number];
    const mapping = this.#mappings[this.#streams.region[stream] ?? 0];
    if (channel === undefined || mapping === undefined) throw new RangeError(`no channel ${number}`);
    const burst = this.#streams.burst[stream] ?? 0;
    if (channel.waiting === 0) channel.settle(tick);
    channel.submit(way, mapping.bankOf(burst), mapping.rowOf(burst), stream, tick);
    this.#streams.submitted[stream] = (this.#streams.submitted[stream] ?? 0) + 1;
    this.#streams.next(stream);
    this.#reschedule(number);
  }

  #reschedule(number: number): void {
    const channel = this.#channels[number];
    if (channel !== undefined && channel.waiting > 0) this.#events.schedule(number, channel.nextTick);
    else this.#events.cancel(number);
  }

  /** While there is space, whoever has stood in line longest hands over a burst and, with the next one, goes to the end of a line. */
  #callUp(channel: number, way: Direction, tick: number): void {
    const line = 2 * channel + way;
    while (this.#channels[channel]?.hasSpace(way) === true) {
      const stream = this.#lines.firstOf(line);
      if (stream === none) return;
      this.#lines.advance(line);
      this.#submit(stream, channel, way, tick);
      this.#handOver(stream, tick);
    }
  }

  #withdraw(stream: number, tick: number): void {
    this.#timers.cancel(stream);
    this.#lines.remove(stream);
    const way: Direction = (stream & 1) === 0 ? dramDirection.read : dramDirection.write;
    for (const [number, channel] of this.#channels.entries()) {
      channel.withdraw(stream, tick);
      this.#callUp(number, way, tick);
      this.#reschedule(number);
    }
  }
}

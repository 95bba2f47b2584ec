import { KpuError } from "@kpu-sim/machine";
import { TraceTable } from "../trace-table.ts";
import { ByteInput } from "./byte-input.ts";
import { crc32 } from "./checksum.ts";
import {
  type BlockKind,
  blockHeadBytes,
  blockKinds,
  blockTailBytes,
  fileHeadBytes,
  magic,
  mostContents,
} from "./file-layout.ts";
import { type FileEnding, type FileHeader, readEnding, readHeader, versionFault } from "./file-texts.ts";
import { readU32 } from "./number-bytes.ts";
import { BlockFault, eventsHead, unpackEvents } from "./unpack-events.ts";

/** So many events can be told apart by number. */
const mostEvents = 2 ** 31 - 1;
const afterEnd = "the end of the trace";

/**
 * Reads `.kputrace` files in pieces of any size, as they arrive. Every block is checked when it is complete: its checksum, and whether a
 * trace can have what it says. Errors: KPU_ARGUMENT with the offset in the file and the reason; the reader is then of no further use.
 */
export class TraceReader {
  readonly #input = new ByteInput();
  #version = 0;
  #header: FileHeader | undefined;
  #ending: FileEnding | undefined;
  readonly #blocks: Uint8Array[] = [];
  readonly #firsts: number[] = [];
  #events = 0;
  /** Where the block begins that is being read, and what it is. */
  #start = 0;
  #kind: BlockKind | undefined;
  #head = new Uint8Array(0);

  /** Events read so far. */
  get events(): number {
    return this.#events;
  }

  /** Takes the next piece of the file. The reader keeps no reference to it once the blocks in it are complete. */
  push(piece: Uint8Array): void {
    this.#input.push(piece);
    while (this.#readOn());
  }

  /** The whole trace, once everything has been pushed. Errors: KPU_ARGUMENT for a file that is cut off. */
  end(): TraceTable {
    const [header, ending] = [this.#header, this.#ending];
    const { offset, available } = this.#input;
    if (header !== undefined && ending !== undefined && available === 0) {
      return new TraceTable(header, ending, this.#blocks, this.#firsts);
    }
    const end = offset + available;
    throw fault(end, end === 0 ? "the file is empty" : "the file is cut off: its last block is missing");
  }

  /** Reads the next part, if it has arrived. */
  #readOn(): boolean {
    if (this.#version === 0) return this.#readFileHead();
    if (this.#kind === undefined) return this.#readBlockHead();
    return this.#readContents(this.#kind);
  }

  #readFileHead(): boolean {
    const head = this.#input.take(fileHeadBytes);
    if (head === undefined) return false;
    if (magic.some((byte, place) => head[place] !== byte)) throw fault(0, "this is no .kputrace file");
    const version = readU32(head, magic.length);
    const wrong = versionFault(version);
    if (wrong !== undefined) throw fault(magic.length, wrong);
    this.#version = version;
    return true;
  }

  #readBlockHead(): boolean {
    const { available, offset } = this.#input;
    if (this.#ending !== undefined && available > 0) throw fault(offset, `bytes follow ${afterEnd}`);
    const head = this.#input.take(blockHeadBytes);
    if (head === undefined) return false;
    const kind = kindOf(readU32(head, 0));
    if (kind === undefined) throw fault(offset, `there is no block of kind ${readU32(head, 0)}`);
    if ((kind === blockKinds.header) !== (this.#header === undefined)) {
      throw fault(offset, this.#header === undefined ? "the header is missing" : "there is a second header");
    }
    const bytes = readU32(head, 4);
    if (bytes > mostContents[kind]) {
      throw fault(offset, `a block of ${bytes} bytes was announced; at most ${mostContents[kind]} are allowed`);
    }
    this.#start = offset;
    this.#kind = kind;
    this.#head = head;
    return true;
  }

  #readContents(kind: BlockKind): boolean {
    const length = readU32(this.#head, 4);
    const bytes = this.#input.take(length + blockTailBytes);
    if (bytes === undefined) return false;
    const contents = bytes.subarray(0, length);
    if (crc32(contents, crc32(this.#head)) !== readU32(bytes, length)) {
      throw fault(this.#start, "the block is damaged: its checksum is another one");
    }
    try {
      this.#take(kind, contents);
    } catch (error) {
      if (error instanceof BlockFault) throw fault(this.#start, error.message);
      throw error;
    }
    this.#kind = undefined;
    return true;
  }

  #take(kind: BlockKind, contents: Uint8Array): void {
    if (kind === blockKinds.header) {
      this.#header = readHeader(contents, this.#version);
    } else if (kind === blockKinds.ending) {
      const ending = readEnding(contents, this.#version);
      if (ending.events !== this.#events) {
        throw new BlockFault(`the file has ${this.#events} events, but says that it has ${ending.events}`);
      }
      this.#ending = ending;
    } else if (this.#header !== undefined) {
      const { count, first } = eventsHead(contents);
      if (first !== this.#events) throw new BlockFault(`events from ${first} on follow ${this.#events} events`);
      if (first + count > mostEvents) throw new BlockFault(`there are more than ${mostEvents} events`);
      unpackEvents(contents, this.#header.numbers);
      this.#blocks.push(contents);
      this.#firsts.push(first);
      this.#events += count;
    }
  }
}

/** The trace of a `.kputrace` file, given in one piece or several. Errors: KPU_ARGUMENT with the offset and the reason. */
export function readTrace(pieces: Uint8Array | Iterable<Uint8Array>): TraceTable {
  const reader = new TraceReader();
  if (pieces instanceof Uint8Array) reader.push(pieces);
  else for (const piece of pieces) reader.push(piece);
  return reader.end();
}

function kindOf(number: number): BlockKind | undefined {
  return Object.values(blockKinds).find((kind) => kind === number);
}

function fault(offset: number, reason: string): KpuError {
  return new KpuError("KPU_ARGUMENT", `trace file, offset ${offset}: ${reason}`, { offset, reason });
}

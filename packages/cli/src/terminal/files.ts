import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { UsageError } from "./terminal.ts";

const mostTextBytes = 64 * 2 ** 20;

function why(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A file's text. Errors: UsageError for one that cannot be read or is too large. */
export function textOf(path: string, most: number = mostTextBytes): string {
  const bytes = bytesOf(path, most);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(`${path} is no text: it is not valid UTF-8`);
  }
}

/** A file's bytes. Errors: UsageError. */
export function bytesOf(path: string, most: number): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size > most) throw new UsageError(`${path} has ${size} bytes; at most ${most} can be read`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${path}: ${why(error)}`);
  }
}

/**
 * A folder, with those around it that are missing. One by one: where the system says of a folder that is there that it is not, as some under /proc
 * do, making all at once would try for ever. Errors: UsageError.
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let at = resolve(folder); !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.push(at);
  try {
    for (const each of missing.toReversed()) mkdirSync(each);
    if (!statSync(folder).isDirectory()) throw new Error("it is a file");
  } catch (error) {
    throw new UsageError(`cannot make the folder ${folder}: ${why(error)}`);
  }
}

/**
 * Writes a file that appears when it is whole: after an error, Ctrl-C or a request to end whatever was there before is untouched and nothing
 * else is left; only a process that is killed outright leaves its draft (`NAME.*.partial`). A link stays one, and what it points to is
 * replaced. Errors: UsageError for a place where no file can be or that has no room for it, and those of `write`.
 */
export function writeWhole(path: string, write: (sink: (piece: Uint8Array) => void) => void): void {
  holdingSignals(() => replaceFile(path, write));
}

/**
 * Requests to end the process wait until something is done that nobody interrupts: writing is synchronous, and without this they would end the
 * process in the middle of it.
 */
function holdingSignals(work: () => void): void {
  if (holding++ === 0) for (const signal of heldSignals) process.on(signal, hold);
  try {
    work();
  } finally {
    // What came meanwhile is only told to listeners after this.
    setImmediate(() => {
      if (--holding > 0) return;
      for (const signal of heldSignals) process.off(signal, hold);
      if (held !== undefined) process.kill(process.pid, held);
      held = undefined;
    });
  }
}

const heldSignals = ["SIGTERM", "SIGHUP"] as const;
/** Files that were written since the signals were told last. */
let holding = 0;
let held: NodeJS.Signals | undefined;

function hold(signal: NodeJS.Signals): void {
  held = signal;
}

/** The file that a path stands for, through links, also one that points to nothing yet. */
function targetOf(path: string): string {
  try {
    if (!lstatSync(path).isSymbolicLink()) return path;
  } catch {
    return path;
  }
  try {
    return realpathSync(path);
  } catch {
    return resolve(dirname(path), readlinkSync(path));
  }
}

function replaceFile(path: string, write: (sink: (piece: Uint8Array) => void) => void): void {
  const draft = new Draft(path);
  try {
    write((piece) => draft.write(piece));
    draft.keep();
  } catch (error) {
    draft.drop();
    throw error;
  }
}

/** A file that is not there yet: kept under its name when it is whole, or dropped. Errors: UsageError, about the file that the user named. */
export class Draft {
  readonly #path: string;
  readonly #target: string;
  readonly #partial: string;
  readonly #file: number;
  #isOpen = true;

  constructor(path: string) {
    this.#path = path;
    this.#target = targetOf(path);
    this.#partial = `${this.#target}.${randomBytes(6).toString("hex")}.partial`;
    this.#file = this.#attempt(() => openSync(this.#partial, "wx"));
  }

  write(piece: Uint8Array): void {
    for (let done = 0; done < piece.length; ) done += this.#attempt(() => writeSync(this.#file, piece, done));
  }

  keep(): void {
    this.#attempt(() => fsyncSync(this.#file));
    this.#close();
    this.#attempt(() => renameSync(this.#partial, this.#target));
  }

  /** Leaves nothing behind; after `keep` it does nothing. */
  drop(): void {
    this.#close();
    rmSync(this.#partial, { force: true });
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }

  #attempt<Result>(step: () => Result): Result {
    try {
      return step();
    } catch (error) {
      throw new UsageError(`cannot write ${this.#path}: ${why(error)}`);
    }
  }
}

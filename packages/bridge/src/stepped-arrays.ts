import { KpuError, type PeRegister, type PeRegisterName, SteppedArray } from "@kpu-sim/machine";
import { dataflowOf } from "./dataflow.ts";
import type { FrameReader } from "./frame-reader.ts";
import { type FrameWriter, noStatus } from "./frame-writer.ts";
import { mostSteppedElements, operations } from "./protocol.ts";

/** On the wire: place in this list. */
const registerNames = ["right", "down", "sum"] as const satisfies readonly PeRegisterName[];

const elementBytes = 4;
const registerBytes = 5;
const mostProcessingElements = 2 ** 22;
/** Clock edges of single processing elements between two looks at the host's clock: some tens of microseconds. */
const edgesPerLook = 65536;
/**
 * Each kernel reserves gigabytes of addresses, of which a process has enough for some ten thousand. Arrays beyond this number
 * are clocked without one.
 */
const mostKernels = 1000;

/**
 * The stepped arrays that the other side holds, each by a number that the other side has chosen, so that it can let go also
 * of one whose answer an interrupt has hidden. They belong to no simulator.
 */
export class SteppedArrays {
  readonly #arrays = new Map<number, SteppedArray>();

  /** Operations that answer. False for all others. */
  answer(operation: number, reader: FrameReader, writer: FrameWriter): boolean {
    switch (operation) {
      case operations.steppedArray:
        writer.bytes(noStatus, this.#create(reader));
        return true;
      case operations.stepArray:
        writer.bytes(noStatus, step(this.#arrayOf(reader), reader.f64(), reader.f64()));
        return true;
      case operations.arrayRegisters:
        writer.bytes(noStatus, registersOf(this.#arrayOf(reader), reader.u32(), reader.u32()));
        return true;
      case operations.setArrayRegister:
        setRegister(this.#arrayOf(reader), reader);
        writer.none(noStatus);
        return true;
      case operations.readArray:
        writer.bytes(noStatus, contentOf(this.#arrayOf(reader), reader.u8()));
        return true;
      default:
        return false;
    }
  }

  /** Forgetting what is not there does nothing. */
  drop(number: number): void {
    this.#arrays.delete(number);
  }

  #create(reader: FrameReader): Uint8Array {
    const number = reader.u32();
    const dataflow = dataflowOf(reader.u8());
    const [rows, cols] = [reader.f64(), reader.f64()];
    const [m, n, k] = [reader.f64(), reader.f64(), reader.f64()];
    const hasStart = reader.u8() === 1;
    if (rows * cols > mostProcessingElements) {
      throw new KpuError(
        "KPU_SIZE",
        `an array of ${rows} x ${cols} processing elements; at most ${mostProcessingElements} can be stepped`,
      );
    }
    if (m * k + k * n + m * n > mostSteppedElements) {
      throw new KpuError(
        "KPU_SIZE",
        `A, B and C of a stepped product of ${m} x ${n} x ${k} have more than ${mostSteppedElements} elements together`,
      );
    }
    const sent = m * k + k * n + (hasStart ? m * n : 0);
    if (reader.left !== elementBytes * sent) {
      throw new KpuError("KPU_DIMENSION", `matrices of ${reader.left} bytes; ${sent} float32 elements were announced`);
    }
    const matrix = (elements: number): Float32Array => new Float32Array(reader.bytes(elementBytes * elements).buffer);
    const [a, b] = [matrix(m * k), matrix(k * n)];
    const start = hasStart ? matrix(m * n) : undefined;
    const clock = this.#arrays.size < mostKernels ? "fastest" : "plain";
    const array = new SteppedArray({ rows, cols, dataflow }, { m, n, k, a, b, start }, clock);
    this.#arrays.set(number, array);
    return progressOf(array, 0);
  }

  #arrayOf(reader: FrameReader): SteppedArray {
    const number = reader.u32();
    const array = this.#arrays.get(number);
    if (array !== undefined) return array;
    throw new KpuError("KPU_ARGUMENT", `there is no stepped array ${number}`);
  }
}

/** Steps so many cycles, or to the end, but for about `budgetMs` at the most. */
function step(array: SteppedArray, cycles: number, budgetMs: number): Uint8Array {
  const start = performance.now();
  const cyclesPerLook = Math.max(1, Math.floor(edgesPerLook / (array.rows * array.cols)));
  let steps = 0;
  for (;;) {
    steps += array.stepMany(Math.min(cycles - steps, cyclesPerLook));
    if (array.isDone || steps >= cycles || performance.now() - start > budgetMs) return progressOf(array, steps);
  }
}

/** How many cycles there were just now and in all, the fold, the number of folds, and whether all is done. */
function progressOf(array: SteppedArray, steps: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(33));
  for (const [index, value] of [steps, array.cycle, array.fold, array.foldCount].entries()) {
    view.setFloat64(8 * index, value, true);
  }
  view.setUint8(32, array.isDone ? 1 : 0);
  return new Uint8Array(view.buffer);
}

/** Bits and flag of each register. */
function registersOf(array: SteppedArray, row: number, col: number): Uint8Array {
  const registers: Readonly<Record<PeRegisterName, PeRegister>> = array.registers(row, col);
  const view = new DataView(new ArrayBuffer(registerNames.length * registerBytes));
  for (const [index, name] of registerNames.entries()) {
    const { bits, valid } = registers[name];
    view.setUint32(index * registerBytes, bits, true);
    view.setUint8(index * registerBytes + 4, valid ? 1 : 0);
  }
  return new Uint8Array(view.buffer);
}

function setRegister(array: SteppedArray, reader: FrameReader): void {
  const [row, col] = [reader.u32(), reader.u32()];
  const code = reader.u8();
  const bits = reader.f64();
  /** 0 leaves the flag as it is, 1 sets it, 2 clears it. */
  const flag = reader.u8();
  const name = registerNames[code];
  if (name === undefined) throw new KpuError("KPU_ARGUMENT", `unknown register: ${code}`);
  array.setRegister(row, col, name, bits, flag === 0 ? undefined : flag === 1);
}

/** The result, the activity of each processing element, or the elements that have passed the edges. */
function contentOf(array: SteppedArray, code: number): Uint8Array {
  switch (code) {
    case 0:
      return bytesOf(array.result);
    case 1:
      return bytesOf(array.activeCycles);
    case 2: {
      const { operandAReads, operandBReads, partialSumReads, resultWrites } = array.accesses;
      return bytesOf(Float64Array.of(operandAReads, operandBReads, partialSumReads, resultWrites));
    }
    default:
      throw new KpuError("KPU_ARGUMENT", `a stepped array has no content ${code}`);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

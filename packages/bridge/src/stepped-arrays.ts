import { KpuError, type PeRegisterName, SteppedArray } from "@kpu-sim/machine";
import { optionalDataflow } from "./dataflow.ts";
import type { SimulatorSession } from "./simulator-session.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** Elements of one operand: they travel as JSON, and a stepped array of this size is slow anyway. */
const mostElements = 2 ** 20;
const registerNames: readonly PeRegisterName[] = ["right", "down", "sum"];

/** Makes a stepped array of the shape of the simulator's tiles; the answer names it. Those discarded since are forgotten. */
export function makeSteppedArray(session: SimulatorSession, args: Arguments): unknown {
  const discarded: unknown = args["discarded"];
  if (Array.isArray(discarded)) for (const id of discarded) session.steppedArrays.forget(Number(id));
  const { rows, cols, systolic, dataflow } = session.machine.config.computeTiles;
  if (!systolic) throw new KpuError("KPU_ARGUMENT", "the tiles of this simulator have no systolic arrays to step");
  const [m, n, k] = [numberOf(args, "m"), numberOf(args, "n"), numberOf(args, "k")];
  const flow = optionalDataflow(args["dataflow"]) ?? dataflow;
  const start = args["c"] === null || args["c"] === undefined ? undefined : floatsOf(args, "c");
  const product = { m, n, k, a: floatsOf(args, "a"), b: floatsOf(args, "b"), start };
  const id = session.steppedArrays.add(new SteppedArray({ rows, cols, dataflow: flow }, product));
  return { id, ...stateOf(session.steppedArrays.get(id)) };
}

/** Goes on for so many cycles, or to the end. */
export function stepSteppedArray(session: SimulatorSession, args: Arguments): unknown {
  const array = session.steppedArrays.get(numberOf(args, "id"));
  if (args["cycles"] === null || args["cycles"] === undefined) array.run();
  else array.stepMany(numberOf(args, "cycles"));
  return stateOf(array);
}

export function steppedArrayRegisters(session: SimulatorSession, args: Arguments): unknown {
  const array = session.steppedArrays.get(numberOf(args, "id"));
  const registers = array.registers(numberOf(args, "row"), numberOf(args, "col"));
  return Object.fromEntries(
    registerNames.map((name) => [name, { bits: registers[name].bits, valid: registers[name].valid }]),
  );
}

export function setSteppedArrayRegister(session: SimulatorSession, args: Arguments): unknown {
  const array = session.steppedArrays.get(numberOf(args, "id"));
  const which = registerNames.find((name) => name === args["which"]);
  if (which === undefined) {
    throw new KpuError(
      "KPU_ARGUMENT",
      `which must be one of ${registerNames.join(", ")}, got '${String(args["which"])}'`,
    );
  }
  const isValid = typeof args["valid"] === "boolean" ? args["valid"] : undefined;
  array.setRegister(numberOf(args, "row"), numberOf(args, "col"), which, numberOf(args, "bits"), isValid);
  return {};
}

/** The result as the bits of its float32, so that infinities and NaN travel too; and the work of every element so far. */
export function steppedArrayResult(session: SimulatorSession, args: Arguments): unknown {
  const array = session.steppedArrays.get(numberOf(args, "id"));
  return { bits: [...new Uint32Array(array.result.buffer)], activeCycles: [...array.activeCycles] };
}

/** The stepped arrays of one simulator by number. */
export class SteppedArrays {
  readonly #arrays = new Map<number, SteppedArray>();
  #next = 1;

  add(array: SteppedArray): number {
    const id = this.#next++;
    this.#arrays.set(id, array);
    return id;
  }

  get(id: number): SteppedArray {
    const array = this.#arrays.get(id);
    if (array !== undefined) return array;
    throw new KpuError("KPU_ARGUMENT", `stepped array ${id} does not exist`);
  }

  forget(id: number): void {
    this.#arrays.delete(id);
  }
}

function stateOf({ cycle, isDone, fold, foldCount, accesses, rows, cols }: SteppedArray): object {
  return { cycle, isDone, fold, foldCount, accesses, rows, cols };
}

function numberOf(args: Arguments, name: string): number {
  const value = args[name];
  if (typeof value === "number") return value;
  throw new KpuError("KPU_TYPE", `${name} must be a number, got ${typeof value}`);
}

/** Operands travel as the bits of float32. */
function floatsOf(args: Arguments, name: string): Float32Array {
  const list = args[name];
  if (!Array.isArray(list) || list.length > mostElements) {
    throw new KpuError("KPU_SIZE", `${name} must be a list of at most ${mostElements} elements`);
  }
  const bits = new Uint32Array(list.length);
  for (const [index, value] of list.entries()) bits[index] = typeof value === "number" ? value : Number.NaN;
  return new Float32Array(bits.buffer);
}

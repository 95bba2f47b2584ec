import {
  completeFlatConfig,
  KpuError,
  Machine,
  matrixProduct,
  memoryKinds,
  moverKinds,
  nestConfig,
  type ProductEpilogue,
} from "@kpu-sim/machine";
import { CallbackRaised, describeError } from "./error-report.ts";
import { FrameReader } from "./frame-reader.ts";
import { FrameWriter, noStatus } from "./frame-writer.ts";
import { generalQuery } from "./general-queries.ts";
import { groupSessions } from "./groups.ts";
import { isJsonObject, type JsonObject, jsonObjectOf } from "./json-object.ts";
import { layoutOf } from "./layout-shapes.ts";
import { answerNumbers } from "./number-formats.ts";
import { answerObserving, changeObserving } from "./observing.ts";
import type { Pipe } from "./pipe.ts";
import { mostLayoutBytes, operations, ProtocolError, postedBit } from "./protocol.ts";
import { answer } from "./queries.ts";
import { moverKindOf, packRegistered, readMatmul, readTransfer, semaphoreOf } from "./requests.ts";
import { SimulatorSession } from "./simulator-session.ts";
import { SteppedArrays } from "./stepped-arrays.ts";
import { issueVector, readEpilogue } from "./vector-requests.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });
const tileUnit = moverKinds.length;
const vectorUnit = tileUnit + 1;

/** Serves simulators over a blocking pipe: one request at a time, no event loop, until the input ends. */
export class Server {
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #sessions = new Map<number, SimulatorSession>();
  readonly #arrays = new SteppedArrays();
  #nextHandle = 1;

  readonly #awaitReturn: () => boolean;

  /** @param awaitReturn lets the callback run whose upcall has just been written, and says whether it raised. */
  constructor(pipe: Pipe, awaitReturn?: () => boolean) {
    this.#reader = new FrameReader(pipe);
    this.#writer = new FrameWriter(pipe);
    this.#awaitReturn = awaitReturn ?? (() => this.#serveCallback());
  }

  greet(greeting: unknown): void {
    this.#writer.json(noStatus, greeting);
  }

  /** Serves until the input ends. */
  serve(): void {
    while (this.#reader.next()) {
      if (this.#reader.operation === operations.return) throw new ProtocolError("a callback return outside a callback");
      this.#serveFrame();
    }
  }

  /** Serves what a callback on the other side asks for, until it returns; whether it raised. */
  #serveCallback(): boolean {
    while (this.#reader.next()) {
      if (this.#reader.operation === operations.return) return this.#reader.u8() !== 0;
      this.#serveFrame();
    }
    throw new ProtocolError("the input ended within a callback");
  }

  #serveFrame(): void {
    const { handle } = this.#reader;
    const isPosted = this.#reader.operation >= postedBit;
    const operation = this.#reader.operation - (isPosted ? postedBit : 0);
    const session = this.#sessions.get(handle);
    try {
      if (!isPosted && session?.latched !== undefined) {
        const error = session.latched;
        session.latched = undefined;
        throw error;
      }
      this.#perform(operation, handle, session, isPosted);
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      if (isPosted) this.#latch(session, error);
      else this.#writer.error(session?.status ?? noStatus, describeError(error));
    }
  }

  #latch(session: SimulatorSession | undefined, error: unknown): void {
    if (session === undefined || session.latched !== undefined) return;
    session.latched = error instanceof Error ? error : new Error(String(error));
  }

  #perform(operation: number, handle: number, session: SimulatorSession | undefined, isPosted: boolean): void {
    switch (operation) {
      case operations.create:
        this.#create();
        return;
      case operations.createGroup:
        this.#createGroup();
        return;
      case operations.product:
        this.#product();
        return;
      case operations.query:
        this.#query(session);
        return;
      case operations.run:
        this.#run(requireSession(session, handle));
        return;
      case operations.read:
        this.#read(requireSession(session, handle));
        return;
      case operations.semaphore:
        this.#semaphore(requireSession(session, handle));
        return;
      case operations.layout:
        this.#layout(requireSession(session, handle));
        return;
      case operations.unitState:
        this.#unitState(requireSession(session, handle));
        return;
      case operations.destroy:
        this.#sessions.delete(handle);
        break;
      case operations.dropArray:
        this.#arrays.drop(this.#reader.u32());
        break;
      default:
        if (answerObserving(operation, session, this.#reader, this.#writer)) return;
        if (this.#arrays.answer(operation, this.#reader, this.#writer)) return;
        if (answerNumbers(operation, this.#reader, this.#writer)) return;
        this.#change(operation, handle, requireSession(session, handle));
    }
    if (!isPosted) this.#writer.none(this.#sessions.get(handle)?.status ?? noStatus);
  }

  /** Operations that change a machine and answer nothing. */
  #change(operation: number, handle: number, session: SimulatorSession): void {
    switch (operation) {
      case operations.advance:
        session.run(this.#reader.f64(), Number.POSITIVE_INFINITY);
        return;
      case operations.write:
        this.#write(session);
        return;
      case operations.transfer:
        this.#transfer(session, handle);
        return;
      case operations.matmul:
        this.#matmul(session, handle);
        return;
      case operations.fusedMatmul:
        this.#matmul(session, handle, readEpilogue(this.#reader));
        return;
      case operations.vector:
        issueVector(this.#reader, session.machine, session.semaphores, (callback) =>
          this.#callback(session, handle, callback),
        );
        return;
      case operations.signal:
        semaphoreOf(session.semaphores, this.#reader.u32()).signal(this.#reader.f64());
        return;
      case operations.forgetLayout:
        session.layouts.forget(this.#reader.u32());
        return;
      case operations.reset:
        session.reset();
        return;
      case operations.unitReset: {
        const kind = this.#reader.u8();
        const id = this.#reader.u32();
        if (kind === tileUnit) session.machine.tile(id).reset();
        else session.machine.mover(moverKindOf(kind), id).reset();
        return;
      }
      case operations.memoryReset:
        this.#memory(session.machine).clear();
        return;
      default:
        if (changeObserving(operation, session, this.#reader)) return;
        throw new KpuError("KPU_ARGUMENT", `unknown operation ${operation}`);
    }
  }

  #create(): void {
    const given = this.#json();
    const flat = completeFlatConfig(given);
    const session = new SimulatorSession(new Machine(nestConfig(flat)));
    this.#welcome([session], ([member]) => ({ ...member, config: flat }));
  }

  /** Several simulators that share an engine. */
  #createGroup(): void {
    const { sessions, configs } = groupSessions(this.#json());
    this.#welcome(sessions, (members) => ({
      members: members.map((member, index) => ({ ...member, config: configs[index] })),
    }));
  }

  /** Takes simulators in and tells of them; those that cannot be told of are let go, as nobody would know their handles. */
  #welcome(sessions: readonly SimulatorSession[], tell: (members: readonly Member[]) => unknown): void {
    const members = sessions.map((session) => this.#admit(session));
    try {
      this.#writer.json(sessions[0]?.status ?? noStatus, tell(members));
    } catch (error) {
      for (const { handle } of members) this.#sessions.delete(handle);
      throw error;
    }
  }

  #admit(session: SimulatorSession): Member {
    const handle = this.#nextHandle++;
    this.#sessions.set(handle, session);
    return { handle, memory: memoryKinds.map((kind) => ({ kind, ...session.machine.memoryRange(kind) })) };
  }

  #run(session: SimulatorSession): void {
    const isUntilIdle = this.#reader.u8() === 0;
    const cycle = this.#reader.f64();
    const isDone = session.run(isUntilIdle ? undefined : cycle, this.#reader.f64());
    this.#writer.bytes(session.status, Uint8Array.of(isDone ? 1 : 0));
  }

  #memory(machine: Machine): ReturnType<Machine["memory"]> {
    const kind = memoryKinds[this.#reader.u8()];
    if (kind === undefined) throw new KpuError("KPU_ARGUMENT", "unknown memory kind");
    return machine.memory(kind, this.#reader.u32());
  }

  #write(session: SimulatorSession): void {
    const memory = this.#memory(session.machine);
    let offset = this.#reader.f64();
    memory.requireRange(offset, this.#reader.left, "write");
    this.#reader.drain((piece) => {
      memory.write(offset, piece);
      offset += piece.length;
    });
  }

  #read(session: SimulatorSession): void {
    const memory = this.#memory(session.machine);
    const start = this.#reader.f64();
    const count = this.#reader.f64();
    memory.requireRange(start, count, "read");
    this.#writer.stream(session.status, count, (offset, target) => memory.readInto(start + offset, target));
  }

  #transfer(session: SimulatorSession, handle: number): void {
    const { kind, id, callback, ...request } = readTransfer(this.#reader, session.semaphores, session.layouts);
    session.machine.mover(kind, id).transfer({ ...request, onComplete: this.#callback(session, handle, callback) });
  }

  #matmul(session: SimulatorSession, handle: number, epilogue?: ProductEpilogue): void {
    const { tile, callback, ...request } = readMatmul(this.#reader, session.semaphores);
    session.machine.tile(tile).matmul({ ...request, epilogue, onComplete: this.#callback(session, handle, callback) });
  }

  /** Makes a semaphore; the answer is its id. */
  #semaphore(session: SimulatorSession): void {
    const initial = this.#reader.f64();
    const grants = this.#reader.u8() === 0 ? "data" : "space";
    const semaphore = session.machine.semaphore(decoder.decode(this.#reader.rest()), initial, grants);
    session.semaphores.set(semaphore.id, semaphore);
    const payload = new DataView(new ArrayBuffer(4));
    payload.setUint32(0, semaphore.id, true);
    this.#writer.bytes(session.status, new Uint8Array(payload.buffer));
  }

  /** Keeps a layout for the transfers that are to name it. */
  #layout(session: SimulatorSession): void {
    const { left } = this.#reader;
    if (left > mostLayoutBytes) {
      throw new KpuError("KPU_GEOMETRY", `a layout of ${left} bytes; at most ${mostLayoutBytes} bytes describe one`);
    }
    const registered = session.layouts.add(layoutOf(this.#json()));
    this.#writer.bytes(session.status, packRegistered(registered));
  }

  /** Runs a callback of the other side and serves it until it returns. */
  #callback(session: SimulatorSession, handle: number, callback: number): (() => void) | undefined {
    if (callback === 0) return undefined;
    return () => {
      this.#writer.upcall(session.status, callback, handle);
      if (this.#awaitReturn()) throw new CallbackRaised("the completion callback raised an exception");
    };
  }

  #unitState(session: SimulatorSession): void {
    const kind = this.#reader.u8();
    const id = this.#reader.u32();
    const { machine } = session;
    const queueLength =
      kind === tileUnit
        ? Number(machine.tile(id).isBusy)
        : kind === vectorUnit
          ? machine.vector(id).queueLength
          : machine.mover(moverKindOf(kind), id).queueLength;
    const payload = new DataView(new ArrayBuffer(9));
    payload.setUint8(0, queueLength > 0 ? 1 : 0);
    payload.setFloat64(1, queueLength, true);
    this.#writer.bytes(session.status, new Uint8Array(payload.buffer));
  }

  /** The plain product of two matrices on the host, for comparison; no machine takes part. */
  #product(): void {
    const reader = this.#reader;
    const [m, n, k] = [reader.f64(), reader.f64(), reader.f64()];
    if (reader.left !== 4 * (m * k + k * n)) {
      throw new KpuError(
        "KPU_DIMENSION",
        `operands of ${reader.left} bytes are not ${m} x ${k} and ${k} x ${n} float32`,
      );
    }
    const a = new Float32Array(reader.bytes(4 * m * k).buffer);
    const b = new Float32Array(reader.bytes(4 * k * n).buffer);
    this.#writer.bytes(noStatus, new Uint8Array(matrixProduct(a, b, m, n, k).buffer));
  }

  #query(session: SimulatorSession | undefined): void {
    const { method, args } = this.#json();
    const general = generalQuery(String(method));
    if (general !== undefined) {
      this.#writer.json(noStatus, general(isJsonObject(args) ? args : {}));
      return;
    }
    const asked = requireSession(session, this.#reader.handle);
    const result = answer(asked, String(method), isJsonObject(args) ? args : {});
    this.#writer.json(asked.status, result);
  }

  #json(): JsonObject {
    return jsonObjectOf(this.#reader.rest());
  }
}

/** A simulator as the other side gets to know it. */
type Member = { readonly handle: number; readonly memory: readonly unknown[] };

function requireSession(session: SimulatorSession | undefined, handle: number): SimulatorSession {
  if (session !== undefined) return session;
  throw new KpuError("KPU_ARGUMENT", `no simulator with handle ${handle}`);
}

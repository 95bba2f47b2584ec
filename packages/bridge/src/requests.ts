import {
  type CreditRequest,
  formatOfCode,
  KpuError,
  type MatmulRequest,
  type MoverKind,
  moverKinds,
  type Semaphore,
  type StreamKind,
  type TransferRequest,
} from "@kpu-sim/machine";
import { dataflowOf } from "./dataflow.ts";
import type { FrameReader } from "./frame-reader.ts";
import type { LayoutStore, RegisteredLayout } from "./layout-store.ts";

type TransferFrame = Omit<TransferRequest, "onComplete"> & {
  readonly kind: MoverKind;
  readonly id: number;
  /** Number of the callback on the other side; 0 for none. */
  readonly callback: number;
};

type MatmulFrame = Omit<MatmulRequest, "onComplete"> & { readonly tile: number; readonly callback: number };

type CreditLists = { readonly waitFor: readonly CreditRequest[]; readonly signal: readonly CreditRequest[] };

/** The arguments of a transfer, in their order on the wire; a frame that ends before its layout is of a contiguous transfer. */
export function readTransfer(
  reader: FrameReader,
  semaphores: ReadonlyMap<number, Semaphore>,
  layouts: LayoutStore,
): TransferFrame {
  const kind = moverKindOf(reader.u8());
  const id = reader.u32();
  const source = reader.f64();
  const destination = reader.f64();
  const bytes = reader.f64();
  const stream: StreamKind = reader.u8() === 0 ? "rows" : "columns";
  const callback = reader.u32();
  const request = { kind, id, source, destination, stream, callback, ...readCredits(reader, semaphores) };
  const layout = reader.left > 0 ? reader.u32() : 0;
  const staggerLanes = reader.left > 0 ? reader.f64() : 1;
  if (layout === 0) return { ...request, bytes, staggerLanes };
  if (bytes !== 0) throw new KpuError("KPU_GEOMETRY", `a transfer with a layout has no size of its own, got ${bytes}`);
  return { ...request, layout: layouts.get(layout), staggerLanes };
}

/** The arguments of a matrix product; a frame that ends before its formats is of float32. */
export function readMatmul(reader: FrameReader, semaphores: ReadonlyMap<number, Semaphore>): MatmulFrame {
  const tile = reader.u32();
  const scratchpad = reader.u32();
  const [m, n, k] = [reader.f64(), reader.f64(), reader.f64()];
  const [a, b, c] = [reader.f64(), reader.f64(), reader.f64()];
  const callback = reader.u32();
  const flags = reader.left > 0 ? reader.u8() : 0;
  const dataflowCode = reader.left > 0 ? reader.u8() : 0;
  const credits = readCredits(reader, semaphores);
  const format = formatOfCode(reader.left > 0 ? reader.u8() : 0);
  const resultCode = reader.left > 0 ? reader.u8() : 0;
  return {
    tile,
    scratchpad,
    m,
    n,
    k,
    a,
    b,
    c,
    callback,
    queued: (flags & 1) === 1,
    accumulate: (flags & 2) === 2,
    dataflow: dataflowCode === 0 ? undefined : dataflowOf(dataflowCode),
    format,
    resultFormat: resultCode === 0 ? undefined : formatOfCode(resultCode - 1),
    ...credits,
  };
}

/** The credits behind the other arguments; a frame that ends before them has none. */
export function readCredits(reader: FrameReader, semaphores: ReadonlyMap<number, Semaphore>): CreditLists {
  const list = (): readonly CreditRequest[] =>
    Array.from({ length: reader.left > 0 ? reader.u8() : 0 }, () => {
      const semaphore = semaphoreOf(semaphores, reader.u32());
      return { semaphore, count: reader.f64() };
    });
  const waitFor = list();
  return { waitFor, signal: list() };
}

/** The answer to the registration of a layout. */
export function packRegistered(registered: RegisteredLayout): Uint8Array {
  const { number, bytes, sourceExtentBytes, destinationExtentBytes } = registered;
  const payload = new DataView(new ArrayBuffer(28));
  payload.setUint32(0, number, true);
  payload.setFloat64(4, bytes, true);
  payload.setFloat64(12, sourceExtentBytes, true);
  payload.setFloat64(20, destinationExtentBytes, true);
  return new Uint8Array(payload.buffer);
}

export function semaphoreOf(semaphores: ReadonlyMap<number, Semaphore>, id: number): Semaphore {
  const semaphore = semaphores.get(id);
  if (semaphore !== undefined) return semaphore;
  throw new KpuError("KPU_COMPONENT_ID", `semaphore ${id} does not exist: this simulator has ${semaphores.size}`);
}

export function moverKindOf(code: number): MoverKind {
  const kind = moverKinds[code];
  if (kind === undefined) throw new KpuError("KPU_ARGUMENT", `unknown kind of data mover: ${code}`);
  return kind;
}

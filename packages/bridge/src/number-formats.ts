import {
  bytesFor,
  calibrate,
  decodeNumbers,
  dequantize,
  encodeNumbers,
  formatOfCode,
  KpuError,
  type NumberFormat,
  type OverflowPolicy,
  type Quantization,
  quantization,
  quantize,
} from "@kpu-sim/machine";
import type { FrameReader } from "./frame-reader.ts";
import { type FrameWriter, noStatus } from "./frame-writer.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";
import { mostQuantizedNumbers, operations, ProtocolError } from "./protocol.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });
/** On the wire: place in this list. */
const policies: readonly (OverflowPolicy | undefined)[] = [undefined, "ieee", "saturate", "raise"];
const wideBytes = 4;
const doubleBytes = 8;

/** Conversions of numbers, which need no simulator. False for all other operations. */
export function answerNumbers(operation: number, reader: FrameReader, writer: FrameWriter): boolean {
  switch (operation) {
    case operations.encodeNumbers:
      writer.bytes(noStatus, encode(reader));
      return true;
    case operations.decodeNumbers:
      writer.bytes(noStatus, decode(reader));
      return true;
    case operations.quantize: {
      const { head, data } = readTensor(reader);
      const values = new Float32Array(data.buffer);
      writer.bytes(noStatus, bytesOf(quantize(values, quantizationOf(head), shapeOf(head, values.length))));
      return true;
    }
    case operations.dequantize: {
      const { head, data } = readTensor(reader);
      const whole = new Int32Array(data.buffer);
      writer.bytes(noStatus, bytesOf(dequantize(whole, quantizationOf(head), shapeOf(head, whole.length))));
      return true;
    }
    case operations.calibrate: {
      const { head, data } = readTensor(reader);
      const { scales, zeroPoints } = calibrated(head, new Float32Array(data.buffer));
      writer.json(noStatus, { scales: [...scales], zeroPoints: [...zeroPoints] });
      return true;
    }
    default:
      return false;
  }
}

/** Numbers (float32 or doubles) as the bytes of a format. */
function encode(reader: FrameReader): Uint8Array {
  const format = formatOfCode(reader.u8());
  const policy = policies[reader.u8()];
  const isDouble = reader.u8() === 1;
  const firstIndex = reader.f64();
  const { buffer } = reader.bytes(whole(reader.left, isDouble ? doubleBytes : wideBytes));
  const values = isDouble ? new Float64Array(buffer) : new Float32Array(buffer);
  return encodeNumbers(format, values, policy, undefined, firstIndex);
}

/** The numbers in bytes of a format, as float32 or int32. */
function decode(reader: FrameReader): Uint8Array {
  const format = formatOfCode(reader.u8());
  const count = reader.f64();
  const bytes = reader.rest();
  if (!(count * wideBytes <= mostQuantizedNumbers * wideBytes && bytesFor(format, count) <= bytes.length)) {
    throw new KpuError("KPU_SIZE", `${count} ${format} numbers cannot be taken from ${bytes.length} bytes`);
  }
  return bytesOf(decodeNumbers(format, bytes, count));
}

/** A description in JSON behind its length, and numbers of 32 bits to the end of the frame. */
function readTensor(reader: FrameReader): { readonly head: JsonObject; readonly data: Uint8Array<ArrayBuffer> } {
  const length = reader.u32();
  const head: unknown = JSON.parse(decoder.decode(reader.bytes(length)));
  if (!isJsonObject(head)) throw new KpuError("KPU_ARGUMENT", "the description of a tensor is not an object");
  if (reader.left > mostQuantizedNumbers * wideBytes) {
    const most = mostQuantizedNumbers;
    throw new KpuError("KPU_SIZE", `${reader.left / wideBytes} numbers; at most ${most} are converted at once`);
  }
  return { head, data: reader.bytes(whole(reader.left, wideBytes)) };
}

function quantizationOf(head: JsonObject): Quantization {
  return quantization({
    format: formatOf(head),
    scales: numbersOf(head, "scales"),
    zeroPoints: numbersOf(head, "zeroPoints"),
    axis: axisOf(head),
  });
}

function calibrated(head: JsonObject, values: Float32Array): Quantization {
  return calibrate(values, {
    format: formatOf(head),
    mode: head["mode"] === "affine" ? "affine" : "symmetric",
    percentile: Number(head["percentile"]),
    axis: axisOf(head),
    shape: shapeOf(head, values.length),
  });
}

function formatOf(head: JsonObject): NumberFormat {
  return formatOfCode(Number(head["format"]));
}

function axisOf(head: JsonObject): number | undefined {
  const { axis } = head;
  return typeof axis === "number" ? axis : undefined;
}

function shapeOf(head: JsonObject, length: number): readonly number[] {
  return head["shape"] === undefined ? [length] : numbersOf(head, "shape");
}

function numbersOf(head: JsonObject, name: string): readonly number[] {
  const value: unknown = head[name];
  if (!Array.isArray(value)) throw new KpuError("KPU_TYPE", `${name} must be a list of numbers`);
  return value.map(Number);
}

/** Refuses bytes that are no whole number of elements. */
function whole(bytes: number, elementBytes: number): number {
  if (bytes % elementBytes === 0) return bytes;
  throw new ProtocolError(`${bytes} bytes are no whole number of elements of ${elementBytes} bytes`);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

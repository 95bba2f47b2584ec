import type { ProductOrder, ResultOrder, TransferOrder, VectorOrderPlaces } from "../machine-under-test.ts";
import { type MappedRegion, regionOf } from "./address-map.ts";
import { type Footprint, footprintOf } from "./footprint.ts";
import { type Hardware, pathLatencyBetween, type TileArray } from "./hardware.ts";
import type { TrackedWork } from "./hazard-log.ts";
import { hostLinkCycles, hostLinksBetween } from "./host-link.ts";
import { checkNumbers, elementCount, elementOffsets, type Layout, type LayoutPair } from "./layout.ts";
import { matrixProductCycles } from "./matrix-product.ts";
import { linksBetween, nodeOfDma, nodeOfRegion } from "./network.ts";
import { accumulatorOf, bitsOf, type Encoding, matrixBytes, type ReferenceFormat, rangeOf } from "./number-formats.ts";
import { resultBytes, secondBytes, type VectorOrder, vectorCycles } from "./vector.ts";
import type { Accumulators, ProductTask, TransferTask, VectorTask } from "./work.ts";

/** What a request asks for, checked and resolved. Everything that the rules refuse is refused here, before anything is queued. */
export interface Resolved<Task> extends Pick<TrackedWork, "reads" | "writes"> {
  readonly task: Task;
}

/** One end of a transfer: its elements by global address, all in one region. */
interface ResolvedEnd {
  readonly region: MappedRegion;
  readonly addresses: readonly number[];
}

interface ResolvedEnds {
  readonly source: ResolvedEnd;
  readonly destination: ResolvedEnd;
  readonly elementBytes: number;
}

/** A contiguous transfer is one element as long as the transfer. */
function contiguousEnds(regions: readonly MappedRegion[], order: TransferOrder, bytes: number): ResolvedEnds {
  if (!Number.isInteger(bytes) || bytes < 0) {
    throw new Error(`cannot transfer ${bytes} bytes`);
  }
  const end = (address: number): ResolvedEnd => ({
    region: regionOf(regions, address, bytes),
    addresses: bytes === 0 ? [] : [address],
  });
  return { source: end(order.source), destination: end(order.destination), elementBytes: bytes };
}

function endWithLayout(region: MappedRegion, address: number, layout: Layout): ResolvedEnd {
  const addresses = elementOffsets(layout).map((offset) => address + offset);
  for (const element of addresses) {
    if (element + layout.elementBytes > region.base + region.capacityBytes) {
      throw new Error(`an element at ${element} is not in the ${region.kind} region that holds ${address}`);
    }
  }
  return { region, addresses };
}

/** Rules 26 to 28. */
function endsWithLayout(regions: readonly MappedRegion[], order: TransferOrder, pair: LayoutPair): ResolvedEnds {
  checkNumbers(pair.source);
  checkNumbers(pair.destination);
  const { elementBytes } = pair.source;
  const count = elementCount(pair.source);
  if (elementBytes !== pair.destination.elementBytes || count !== elementCount(pair.destination)) {
    throw new Error("the two layouts have unlike elements");
  }
  const sourceRegion = regionOf(regions, order.source, 0);
  const destinationRegion = regionOf(regions, order.destination, 0);
  // More bytes than the region has cannot lie in it once each; they would also be too many to go through.
  if (count * BigInt(elementBytes) > BigInt(destinationRegion.capacityBytes)) {
    throw new Error(`${count} elements do not fit into the destination`);
  }
  const source = endWithLayout(sourceRegion, order.source, pair.source);
  const destination = endWithLayout(destinationRegion, order.destination, pair.destination);
  if (footprintOf(destination.addresses, elementBytes).size < destination.addresses.length * elementBytes) {
    throw new Error("the destination has a byte twice");
  }
  return { source, destination, elementBytes };
}

function resolveEnds(regions: readonly MappedRegion[], order: TransferOrder): ResolvedEnds {
  const { bytes, layout } = order;
  if (bytes !== undefined && layout === undefined) {
    return contiguousEnds(regions, order, bytes);
  }
  if (bytes === undefined && layout !== undefined) {
    return endsWithLayout(regions, order, layout);
  }
  throw new Error("a transfer has either a number of bytes or a layout");
}

/** Rule 31. */
function lanesOf({ staggerLanes = 1 }: TransferOrder, isStreamer: boolean): number {
  if (!Number.isInteger(staggerLanes) || staggerLanes < 1) {
    throw new Error(`no stagger of ${staggerLanes} lanes`);
  }
  if (staggerLanes > 1 && !isStreamer) {
    throw new Error("only a streamer has lanes");
  }
  return staggerLanes;
}

/** What moves: `dma` is the number of a DMA engine. */
export interface TransferEngine {
  readonly width: bigint;
  readonly isStreamer: boolean;
  readonly dma: number | undefined;
}

/** Rules N2 and N3: links from the source to the destination, past the DMA engine if it is one; none within one memory. */
function linksOf(
  hardware: Hardware,
  source: MappedRegion,
  destination: MappedRegion,
  dma: number | undefined,
): readonly string[] {
  if (hardware.network.topology === "none" || source === destination) {
    return [];
  }
  const [from, to] = [nodeOfRegion(hardware, source), nodeOfRegion(hardware, destination)];
  if (dma === undefined) {
    return linksBetween(hardware.network, from, to);
  }
  const middle = nodeOfDma(hardware, dma);
  return [...linksBetween(hardware.network, from, middle), ...linksBetween(hardware.network, middle, to)];
}

export function resolveTransfer(
  hardware: Hardware,
  regions: readonly MappedRegion[],
  order: TransferOrder,
  engine: TransferEngine,
): Resolved<TransferTask> {
  const lanes = lanesOf(order, engine.isStreamer);
  const { source, destination, elementBytes } = resolveEnds(regions, order);
  const pathLatency = pathLatencyBetween(hardware.levels, source.region, destination.region);
  const hostLinks = hostLinksBetween(hardware, source.region, destination.region);
  const links = linksOf(hardware, source.region, destination.region, engine.dma);
  const linkCycles = hostLinks.reduce(
    (sum, name) => sum + hostLinkCycles(hardware, name),
    links.length * hardware.network.hopLatencyCycles,
  );
  const elements = source.addresses.flatMap((from, index) => {
    const to = destination.addresses[index];
    return to === undefined
      ? []
      : [{ sourceOffset: from - source.region.base, destinationOffset: to - destination.region.base }];
  });
  return {
    task: {
      kind: "transfer",
      source: source.region,
      destination: destination.region,
      elements,
      elementBytes,
      bytes: elements.length * elementBytes,
      // The last lane begins lanes - 1 cycles after the first one, so all the rest is later by as much.
      latencyCycles: pathLatency + linkCycles + lanes - 1,
      links: [...hostLinks, ...links],
      engineWidth: engine.width,
    },
    reads: [footprintOf(source.addresses, elementBytes)],
    writes: [footprintOf(destination.addresses, elementBytes)],
  };
}

export function resolveProduct(
  hardware: Hardware,
  regions: readonly MappedRegion[],
  order: ProductOrder,
  array: TileArray,
  drainsTo: Accumulators | undefined,
): Resolved<ProductTask> {
  const { m, n, k, a, b, c, accumulate = false, dataflow = hardware.dataflow, format = "float32" } = order;
  if (![m, n, k].every((size) => Number.isInteger(size) && size > 0)) {
    throw new Error(`no matrix product of ${m} x ${k} by ${k} x ${n}`);
  }
  if (bitsOf(format) > hardware.operandBits) {
    throw new Error(`${format} is wider than operands of ${hardware.operandBits} bits`);
  }
  const sums = accumulatorOf(format);
  const result = drainsTo === undefined ? (order.resultFormat ?? sums) : sums;
  if (accumulatorOf(result) !== sums) {
    throw new Error(`sums of ${format} are not rounded to ${result}`);
  }
  const { scratchpad, matrixAt } = scratchpadOf(regions, order.scratchpad);
  const [readsA, readsB] = [matrixAt(a, matrixBytes(format, m, k)), matrixAt(b, matrixBytes(format, k, n))];
  const usesC = drainsTo === undefined || accumulate ? [matrixAt(c, matrixBytes(result, m, n))] : [];
  // A processing element takes a word of each operand a cycle, with as many elements as fit in.
  const words = Math.ceil((k * bitsOf(format)) / hardware.operandBits);
  const cycles = matrixProductCycles(array, dataflow, m, n, words);
  const formats = { operands: format, result };
  return {
    task: { kind: "product", scratchpad, m, n, k, formats, a, b, c, accumulate, drainsTo, cycles },
    reads: accumulate ? [readsA, readsB, ...usesC] : [readsA, readsB],
    writes: drainsTo === undefined ? usesC : [],
  };
}

/** A scratchpad, and the bytes of a matrix in it. */
function scratchpadOf(
  regions: readonly MappedRegion[],
  id: number,
): {
  readonly scratchpad: MappedRegion;
  readonly matrixAt: (offset: number, bytes: number) => Footprint;
} {
  const scratchpad = regions.find((region) => region.kind === "scratchpad" && region.id === id);
  if (scratchpad === undefined) {
    throw new Error(`there is no scratchpad ${id}`);
  }
  const matrixAt = (offset: number, bytes: number): Footprint => {
    const address = scratchpad.base + offset;
    if (regionOf(regions, address, bytes) !== scratchpad) {
      throw new Error("an operand lies outside its scratchpad");
    }
    return footprintOf([address], bytes);
  };
  return { scratchpad, matrixAt };
}

/** What a vector operation reads beside its matrix, by offset. */
export interface FurtherPlaces {
  readonly second?: number | undefined;
  readonly third?: number | undefined;
  readonly scales?: number | undefined;
}

/** How the result of a vector operation is encoded: by default in the format of the matrix, and only rounded. */
function encodingOf(
  format: ReferenceFormat,
  { resultFormat = format, resultScale, resultZeroPoint }: ResultOrder,
): Encoding {
  const says = resultScale !== undefined || resultZeroPoint !== undefined;
  const range = rangeOf(resultFormat);
  if (says && range === undefined) {
    throw new Error(`a scale for results of ${resultFormat}`);
  }
  const [scale, zeroPoint] = [positive(resultScale ?? 1), resultZeroPoint ?? 0];
  if (
    range !== undefined &&
    !(Number.isInteger(zeroPoint) && zeroPoint >= range.least && zeroPoint <= range.greatest)
  ) {
    throw new Error(`no zero point of ${zeroPoint}`);
  }
  return { format: resultFormat, saturates: true, scale, zeroPoint };
}

function positive(scale: number): number {
  if (Math.fround(scale) > 0 && Number.isFinite(Math.fround(scale))) {
    return scale;
  }
  throw new Error(`no scale of ${scale}`);
}

export function resolveVector(
  hardware: Hardware,
  regions: readonly MappedRegion[],
  places: Omit<VectorOrderPlaces, "source"> & { readonly source: number | Accumulators },
  order: VectorOrder,
  { second, third, scales }: FurtherPlaces,
  format: ReferenceFormat,
): Resolved<VectorTask> {
  const { rows, cols, source, destination } = places;
  if (![rows, cols].every((size) => Number.isInteger(size) && size > 0)) {
    throw new Error(`no matrix of ${rows} x ${cols}`);
  }
  if (order.kind === "activation" && order.scale !== undefined) {
    positive(order.scale);
  }
  const result = encodingOf(typeof source === "number" ? format : "float32", places);
  const { scratchpad, matrixAt } = scratchpadOf(regions, places.scratchpad);
  const reads = typeof source === "number" ? [matrixAt(source, matrixBytes(format, rows, cols))] : [];
  if (second !== undefined) reads.push(matrixAt(second, secondBytes(order, format, rows, cols)));
  if (third !== undefined) reads.push(matrixAt(third, 4 * cols));
  if (scales !== undefined) reads.push(matrixAt(scales, 4 * cols));
  const written = matrixAt(destination, resultBytes(order, result.format, rows, cols));
  const cycles = vectorCycles(order, rows, cols, hardware.vectorUnits);
  const offsets = { source, second, third, scales, destination };
  return {
    task: { kind: "vector", scratchpad, order, rows, cols, format, result, ...offsets, cycles },
    reads,
    writes: [written],
  };
}

import { type Trace, type TraceColumns, traceOperations } from "./trace.ts";
import type { TraceFacts } from "./trace-facts.ts";

/** What is read of a trace; a plain object will do, such as one made of a file. */
export type TraceToJudge = Pick<Trace, "length" | "unitNames" | "regionNames"> & { columns(): TraceColumns };

/** Problems listed; a wrong trace has one for nearly every event. */
const mostProblems = 20;
/** Steps of the search for overfull windows in one region: all windows up to some thousand events, a part of them beyond. */
const mostWindowSteps = 2e7;

/** Operations from this one on are done by tiles and vector units within one memory, and use no port. */
const firstWithoutPort = traceOperations.indexOf("product");

/**
 * What cannot be true of a trace, in words; empty for every trace of a correct machine. Checked: begins and ends, waits, units that
 * do two things at once, sums of bytes (if the trace covers all completed work), work that is shorter than its bytes and latency
 * need, and ports that move more in some span of cycles than they can.
 */
export function traceProblems(trace: TraceToJudge, facts: TraceFacts): readonly string[] {
  const problems: string[] = [];
  const columns = trace.columns();
  checkOrder(trace, columns, problems);
  checkProducers(columns, problems);
  if (trace.length === facts.completed) checkSums(trace, columns, facts, problems);
  if (facts.isTimed) {
    checkDurations(trace, columns, facts, problems);
    checkPorts(trace, columns, facts, problems);
  }
  return problems.slice(0, mostProblems);
}

function isWithoutPort(operation: number = 0): boolean {
  return operation >= firstWithoutPort;
}

/** Units do one thing at a time, and wait only between two. */
function checkOrder(
  { unitNames }: TraceToJudge,
  { begin, end, waitedCycles, unit }: TraceColumns,
  problems: string[],
): void {
  const freeSince = new Float64Array(unitNames.length);
  let previousEnd = 0;
  for (const [index, from] of begin.entries()) {
    const [to = 0, waited = 0, each = 0] = [end[index], waitedCycles[index], unit[index]];
    const what = `event ${index} (${unitNames[each]}, cycles ${from} to ${to})`;
    if (!(from >= 0 && to >= from)) problems.push(`${what} ends before it begins, or begins before cycle 0`);
    if (to < previousEnd) problems.push(`${what} is listed after one that ends later`);
    if (from < (freeSince[each] ?? 0)) problems.push(`${what} overlaps the unit's work before it`);
    else if (waited < 0 || from - waited < (freeSince[each] ?? 0)) {
      problems.push(`${what} waited ${waited} cycles, longer than its unit was free`);
    }
    previousEnd = to;
    freeSince[each] = to;
  }
}

/** The credit that work waited for last comes in the cycle in which it begins, from work that completes then. */
function checkProducers({ begin, end, cause, producer }: TraceColumns, problems: string[]): void {
  for (const [index, from] of producer.entries()) {
    if (from === -1) continue;
    if (cause[index] === 0) problems.push(`event ${index} has a producer, ${from}, but did not wait`);
    if (from < -1 || from >= index || end[from] !== begin[index]) {
      problems.push(`event ${index} begins at cycle ${begin[index]}, but its producer, ${from}, ends at ${end[from]}`);
    }
  }
}

/** Bytes of regions and engines are those of the statistics. */
function checkSums(trace: TraceToJudge, columns: TraceColumns, facts: TraceFacts, problems: string[]): void {
  const { unit, source, destination, operation, bytes } = columns;
  const accessed = new Float64Array(facts.regions.length);
  const moved = new Float64Array(facts.units.length);
  for (const [index, count] of bytes.entries()) {
    const [each = 0, from = 0, to = 0] = [unit[index], source[index], destination[index]];
    moved[each] = (moved[each] ?? 0) + count;
    accessed[from] = (accessed[from] ?? 0) + count;
    if (!isWithoutPort(operation[index])) accessed[to] = (accessed[to] ?? 0) + count;
  }
  for (const [region, { bytesAccessed }] of facts.regions.entries()) {
    if (accessed[region] === bytesAccessed) continue;
    problems.push(
      `${trace.regionNames[region]} has ${accessed[region]} B in the trace, ${bytesAccessed} B in the statistics`,
    );
  }
  for (const [each, fact] of facts.units.entries()) {
    if (fact === undefined || moved[each] === fact.bytesMoved) continue;
    problems.push(`${trace.unitNames[each]} has ${moved[each]} B in the trace, ${fact.bytesMoved} B in the statistics`);
  }
}

/** A transfer takes its path latency and its beats less one, at the width of the narrowest part of its way. */
function checkDurations(trace: TraceToJudge, columns: TraceColumns, facts: TraceFacts, problems: string[]): void {
  const { begin, end, unit, source, destination, operation, bytes } = columns;
  for (const [index, from] of begin.entries()) {
    if (isWithoutPort(operation[index])) continue;
    const [sourceRegion = 0, destinationRegion = 0] = [source[index], destination[index]];
    const sourceFact = facts.regions[sourceRegion];
    const destinationFact = facts.regions[destinationRegion];
    if (sourceFact === undefined || destinationFact === undefined) continue;
    const ports = Math.min(sourceFact.unitsPerCycle, destinationFact.unitsPerCycle);
    const port = sourceRegion === destinationRegion ? ports / 2 : ports;
    const rate = Math.min(port, facts.units[unit[index] ?? 0]?.unitsPerCycle ?? port);
    const beats = Math.ceil(((bytes[index] ?? 0) * facts.unitsPerByte) / rate);
    const latency = facts.pathLatency(unit[index] ?? 0, sourceRegion, destinationRegion);
    const least = latency + Math.max(0, beats - 1);
    const took = (end[index] ?? 0) - from;
    if (took >= least) continue;
    const what = `event ${index} (${trace.unitNames[unit[index] ?? 0]}, ${bytes[index]} B)`;
    problems.push(`${what} took ${took} cycles, and cannot take less than ${least}`);
  }
}

/** Transfers that lie wholly within a span of cycles have moved all their bytes through their ports in it. */
function checkPorts(trace: TraceToJudge, columns: TraceColumns, facts: TraceFacts, problems: string[]): void {
  const { source, destination, operation, bytes } = columns;
  const eventsOf = new Map<number, number[]>();
  const note = (region: number, index: number): void => {
    const events = eventsOf.get(region);
    if (events === undefined) eventsOf.set(region, [index]);
    else events.push(index);
  };
  for (const [index, count] of bytes.entries()) {
    if (isWithoutPort(operation[index]) || count === 0) continue;
    const [from = 0, to = 0] = [source[index], destination[index]];
    note(from, index);
    // A copy within a memory passes its port twice.
    note(to, index);
  }
  for (const [region, events] of eventsOf) {
    const window = firstOverfullWindow(events, columns, facts.regions[region]?.unitsPerCycle ?? 0, facts.unitsPerByte);
    if (window !== undefined) problems.push(`the port of ${trace.regionNames[region]} moves ${window}`);
  }
}

/** Looks at the windows from the begin of an event to the end of another; events come in order of their ends. */
function firstOverfullWindow(
  events: readonly number[],
  { begin, end, bytes }: TraceColumns,
  unitsPerCycle: number,
  unitsPerByte: number,
): string | undefined {
  const stride = Math.ceil(events.length / Math.max(1, Math.floor(mostWindowSteps / events.length)));
  for (let first = 0; first < events.length; first += stride) {
    const from = begin[events[first] ?? 0] ?? 0;
    let sum = 0;
    for (const event of events) {
      if ((begin[event] ?? 0) < from) continue;
      sum += bytes[event] ?? 0;
      const most = unitsPerCycle * ((end[event] ?? 0) - from);
      if (sum * unitsPerByte <= most) continue;
      return `${sum} B in cycles ${from} to ${end[event]}, and cannot move more than ${Math.floor(most / unitsPerByte)} B`;
    }
  }
  return undefined;
}

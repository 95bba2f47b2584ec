import { parseWorkload } from "@kpu-sim/formats";
import {
  type Fault,
  faultKinds,
  KpuError,
  type MemoryKind,
  type MoverKind,
  memoryKinds,
  moverKinds,
  type PeRegisterName,
  peRegisterNames,
} from "@kpu-sim/machine";
import { FaultCampaign } from "@kpu-sim/program";
import type { JsonObject } from "./json-object.ts";
import { formatOf, numberOf, objectOf, textOf } from "./query-arguments.ts";
import type { SimulatorSession } from "./simulator-session.ts";
import { snakeCase } from "./snake-case.ts";

/** Puts a fault into the machine. */
export function injectFault({ machine }: SimulatorSession, args: JsonObject): unknown {
  machine.injectFault(faultOf(objectOf(args, "fault", "a fault")));
  return null;
}

/** Runs a workload without a fault, on a machine like the session's; the other side then asks for run after run with one. */
export function beginFaultCampaign(session: SimulatorSession, args: JsonObject): unknown {
  const workload = parseWorkload(textOf(args, "text"), formatOf(args));
  session.campaign = new FaultCampaign(session.machine.config, workload, {
    count: numberOf(args, "count"),
    seed: numberOf(args, "seed"),
    kinds: optionalList(args["kinds"])?.map(kindNamed),
    results: optionalList(args["results"]),
  });
  return { done: 0, count: session.campaign.count };
}

/** One more run with a fault. */
export function advanceFaultCampaign(session: SimulatorSession): unknown {
  const campaign = running(session);
  const isComplete = campaign.advance();
  return { isComplete, done: campaign.done };
}

/** What came out of a campaign. */
export function finishFaultCampaign(session: SimulatorSession): unknown {
  const report = running(session).finish();
  session.campaign = undefined;
  const experiments = report.experiments.map(({ fault, damages, ...experiment }) => ({
    ...experiment,
    fault: spelled(fault),
    // JSON has no Infinity.
    damages: damages.map((damage) => ({
      ...damage,
      largestError: Number.isFinite(damage.largestError) ? damage.largestError : null,
    })),
  }));
  return { ...report, experiments };
}

function running({ campaign }: SimulatorSession): FaultCampaign {
  if (campaign !== undefined) return campaign;
  throw new KpuError("KPU_ARGUMENT", "no campaign of faults has been begun on this simulator");
}

/** A fault as the other side spells it: `block_mover`, and null for cycles without end. */
function spelled(fault: Fault): JsonObject {
  const text: Record<string, unknown> = Object.fromEntries(
    Object.entries(fault).map(([key, value]) => [snakeCase(key), value === Number.POSITIVE_INFINITY ? null : value]),
  );
  return "unit" in fault ? { ...text, unit: snakeCase(fault.unit) } : text;
}

function faultOf(fault: JsonObject): Fault {
  const kind = kindNamed(textOf(fault, "kind"));
  switch (kind) {
    case "bit_flip":
    case "check_flip":
      return { kind, ...memoryOf(fault), offset: numberOf(fault, "offset"), bit: numberOf(fault, "bit") };
    case "pe_register": {
      const [tile, row, col] = [numberOf(fault, "tile"), numberOf(fault, "row"), numberOf(fault, "col")];
      const [bit, productCycle] = [numberOf(fault, "bit"), numberOf(fault, "product_cycle")];
      return { kind, tile, row, col, register: registerNamed(textOf(fault, "register")), bit, productCycle };
    }
    case "stuck_port":
      return { kind, ...memoryOf(fault), line: numberOf(fault, "line"), value: numberOf(fault, "value") === 0 ? 0 : 1 };
    case "late_completion":
      return { kind, ...unitOf(fault), cycles: numberOf(fault, "cycles") };
    case "dropped_completion":
      return { kind, ...unitOf(fault) };
    case "refused_grant": {
      const cycles = fault["cycles"] === null ? Number.POSITIVE_INFINITY : numberOf(fault, "cycles");
      return { kind, ...memoryOf(fault), cycles };
    }
  }
}

function kindNamed(name: string): Fault["kind"] {
  return one(faultKinds, name, "a kind of fault");
}

function registerNamed(name: string): PeRegisterName {
  return one(peRegisterNames, name, "a register");
}

function memoryOf(fault: JsonObject): { readonly memory: MemoryKind; readonly id: number } {
  return { memory: one(memoryKinds, textOf(fault, "memory"), "a memory"), id: numberOf(fault, "id") };
}

const unitKinds: readonly (MoverKind | "tile" | "vector")[] = [...moverKinds, "tile", "vector"];

function unitOf(fault: JsonObject): { readonly unit: MoverKind | "tile" | "vector"; readonly id: number } {
  const name = textOf(fault, "unit");
  const unit = unitKinds.find((kind) => snakeCase(kind) === name);
  if (unit !== undefined) return { unit, id: numberOf(fault, "id") };
  throw new KpuError("KPU_ARGUMENT", `a unit is one of ${unitKinds.map(snakeCase).join(", ")}, got '${name}'`);
}

function one<T extends string>(choices: readonly T[], name: string, what: string): T {
  const found = choices.find((choice) => choice === name);
  if (found !== undefined) return found;
  throw new KpuError("KPU_ARGUMENT", `${what} is one of ${choices.join(", ")}, got '${name}'`);
}

function optionalList(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map(String);
}

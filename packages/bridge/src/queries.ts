import { type AreaTable, type EnergyTable, parseAreaTable, parseEnergyTable } from "@kpu-sim/formats";
import {
  configFields,
  type Figures,
  instanceLists,
  KpuError,
  type Machine,
  type MachineGroup,
  memoryKinds,
  type Network,
  networkClients,
  numberFormats,
  type Statistics,
  statisticDefinitions,
  traceProblems,
} from "@kpu-sim/machine";
import {
  areaOf,
  areaTableNamed,
  energyOf,
  energyTableNamed,
  groupSelfTest,
  insightsOf,
  linkUsage,
  selfTest,
} from "@kpu-sim/system";
import { advanceFaultCampaign, beginFaultCampaign, finishFaultCampaign, injectFault } from "./faults.ts";
import {
  mostFrameBytes,
  mostLayoutBytes,
  mostQuantizedNumbers,
  mostSteppedElements,
  operations,
  protocolVersion,
  tags,
} from "./protocol.ts";
import { formatOf, textOf } from "./query-arguments.ts";
import { semaphoreOf } from "./requests.ts";
import type { SimulatorSession } from "./simulator-session.ts";
import { snakeCase } from "./snake-case.ts";
import { beginTiledMatmul, finishTiledMatmul, tiledMatmulProgress } from "./tiled-products.ts";
import { beginWorkload, continueWorkload, finishWorkload } from "./workloads.ts";

type Arguments = Readonly<Record<string, unknown>>;
type Query = (session: SimulatorSession, args: Arguments) => unknown;

/** Questions that are not asked in a loop; their arguments and answers are JSON. */
const queries: Readonly<Record<string, Query>> = {
  statistics: ({ machine }) => snakeCaseStatistics(machine.statistics()),
  statsText: ({ machine, hostMs }) => machine.statisticsText(hostMs),
  statusText: ({ machine }) => machine.componentStatusText(),
  hazards: ({ machine }) => machine.hazards,
  waiting: ({ machine }) => machine.waiting,
  insights: ({ machine }) => insightsOf(machine.statistics(), linkUsage(machine)),
  area: ({ machine }, args) => areaOf(machine.config, areaTableOf(args)),
  energy: ({ machine }, args) => energyOf(machine, energyTableOf(args)),
  semaphoreValue: ({ semaphores }, args) => semaphoreOf(semaphores, Number(args["id"])).value,
  kept: ({ kept }) => kept.count,
  isTracing: ({ machine }) => machine.isTracing,
  traceProblems: ({ machine }) => traceProblems(machine.trace, machine.traceFacts()),
  history: ({ machine }) => machine.history ?? null,
  lastAccess: ({ machine }, args) => {
    const kind = memoryKinds.find((candidate) => candidate === args["kind"]);
    if (kind === undefined) throw new KpuError("KPU_ARGUMENT", `unknown memory kind '${String(args["kind"])}'`);
    return machine.memory(kind, Number(args["id"])).lastAccessCycle;
  },
  selfTest: ({ machine }) => selfTest(machine.config),
  peActivity: ({ machine }, args) => [...machine.tile(Number(args["tile"])).peActivity()],
  networkLinks: ({ machine }) => machine.network?.links() ?? [],
  networkNode: ({ machine }, args) => {
    const kind = networkClients.find((candidate) => candidate === args["kind"]);
    if (kind !== undefined) return requireNetwork(machine).nodeOf(kind, Number(args["id"]));
    const known = networkClients.join(", ");
    throw new KpuError("KPU_ARGUMENT", `'${String(args["kind"])}' does not sit in a network; known are ${known}`);
  },
  networkWay: ({ machine }, args) => requireNetwork(machine).nodesBetween(Number(args["from"]), Number(args["to"])),
  hostLinkStatistics: ({ machine }) => snakeCaseFigures(machine.linkStatistics()),
  linkStatistics: (session) => requireGroup(session).linkStatistics().map(snakeCaseFigures),
  sharedAddress: (session, args) => requireGroup(session).sharedAddress(Number(args["kpu"]), Number(args["address"])),
  groupSelfTest: (session) => groupSelfTest(requireGroup(session).config),
  beginTiledMatmul,
  tiledMatmulProgress,
  finishTiledMatmul,
  injectFault,
  memoryErrors: ({ machine }) => machine.memoryErrors,
  beginFaultCampaign,
  advanceFaultCampaign,
  finishFaultCampaign,
  beginWorkload,
  continueWorkload,
  finishWorkload,
};

/** The area table that is named, or that a text has. */
function areaTableOf(args: Arguments): AreaTable {
  const { table } = args;
  return typeof table === "string" ? areaTableNamed(table) : parseAreaTable(textOf(args, "text"), formatOf(args));
}

/** The energy table that is named, or that a text has. */
function energyTableOf(args: Arguments): EnergyTable {
  const { table } = args;
  return typeof table === "string" ? energyTableNamed(table) : parseEnergyTable(textOf(args, "text"), formatOf(args));
}

function requireNetwork({ network }: Machine): Network {
  if (network !== undefined) return network;
  throw new KpuError("KPU_ARGUMENT", "the machine has no on-chip network: set network_topology to 'mesh' or 'ring'");
}

function requireGroup({ group }: SimulatorSession): MachineGroup {
  if (group !== undefined) return group;
  throw new KpuError("KPU_ARGUMENT", "the simulator is not part of a system");
}

export function answer(session: SimulatorSession, method: string, args: Arguments): unknown {
  const query = Object.hasOwn(queries, method) ? queries[method] : undefined;
  if (query === undefined) {
    throw new KpuError("KPU_ARGUMENT", `unknown query '${method}'; known are ${Object.keys(queries).join(", ")}`);
  }
  return query(session, args);
}

/** What this engine speaks and knows; needs no simulator. */
export function describe(): unknown {
  const statistics = Object.fromEntries(
    Object.entries(statisticDefinitions).map(([kind, definitions]) => [
      snakeCase(kind),
      definitions.map(({ name, unit, definition }) => ({ name: snakeCase(name), unit, definition })),
    ]),
  );
  const fields = configFields.map(({ flat, kind, unit, initial, choices = [], doc }) => ({
    flat,
    kind,
    unit,
    default: initial,
    choices,
    doc,
  }));
  const limits = {
    frameBytes: mostFrameBytes,
    layoutBytes: mostLayoutBytes,
    steppedElements: mostSteppedElements,
    quantizedNumbers: mostQuantizedNumbers,
  };
  const lists = instanceLists.map(({ flat, count, entries }) => ({
    flat,
    count,
    keys: Object.fromEntries(entries.map((entry) => [entry.flat, entry.field])),
  }));
  return { protocol: protocolVersion, fields, lists, statistics, operations, tags, limits, numberFormats };
}

/** By a loop: there may be figures of 65,536 scratchpads. */
function snakeCaseFigures(figures: Figures): Figures {
  const spelled: Record<string, number> = {};
  for (const name of Object.keys(figures)) spelled[snakeCase(name)] = figures[name] ?? 0;
  return spelled;
}

function snakeCaseStatistics(statistics: Statistics): Readonly<Record<string, unknown>> {
  const { machine, ...lists } = statistics;
  const entries = Object.entries(lists).map(([kind, list]) => [snakeCase(kind), list.map(snakeCaseFigures)]);
  return { machine: snakeCaseFigures(machine), ...Object.fromEntries(entries) };
}

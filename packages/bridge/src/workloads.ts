import { parseWorkload } from "@kpu-sim/formats";
import { flattenConfig, KpuError } from "@kpu-sim/machine";
import { WorkloadRun } from "@kpu-sim/program";
import type { JsonObject } from "./json-object.ts";
import { formatOf, textOf } from "./query-arguments.ts";
import type { SimulatorSession } from "./simulator-session.ts";

/** Reads a workload, fills its areas and issues its first steps; the other side then runs, and asks for more until there is none. */
export function beginWorkload(session: SimulatorSession, args: JsonObject): unknown {
  const run = new WorkloadRun(session.machine, parseWorkload(textOf(args, "text"), formatOf(args)));
  session.workload = run;
  return { more: run.issueMore(), ...run.progress };
}

/** On an idle simulator: issues the next steps, and says whether there were any. */
export function continueWorkload(session: SimulatorSession): unknown {
  const run = running(session);
  return { more: run.issueMore(), ...run.progress };
}

/** What came out of a workload that has run. */
export function finishWorkload(session: SimulatorSession): unknown {
  const result = running(session).finish();
  session.workload = undefined;
  return result;
}

/** The machine that a workload asks for, in flat form; null for any. Needs no simulator. */
export function workloadConfig(args: JsonObject): unknown {
  const { config } = parseWorkload(textOf(args, "text"), formatOf(args));
  return config === undefined ? null : flattenConfig(config);
}

function running({ workload }: SimulatorSession): WorkloadRun {
  if (workload !== undefined) return workload;
  throw new KpuError("KPU_ARGUMENT", "no workload has been begun on this simulator");
}

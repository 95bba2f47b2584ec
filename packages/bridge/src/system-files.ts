import {
  checkSystem,
  describeSystem,
  diffSystems,
  type SystemDescription,
  systemDiffText,
  systemPreset,
  systemPresetNames,
  systemToText,
} from "@kpu-sim/formats";
import { flattenConfig } from "@kpu-sim/machine";
import { planSystem } from "@kpu-sim/system";
import type { JsonObject } from "./json-object.ts";
import { formatOf, objectOf, textOf } from "./query-arguments.ts";

/** Questions about descriptions of systems and their files; they need no simulator. */
export const systemQueries: Readonly<Record<string, (args: JsonObject) => unknown>> = {
  checkSystemText: (args) => checkSystem(textOf(args, "text"), formatOf(args)),
  describeSystem: (args) => systemOf(args, "system"),
  systemText: (args) => systemToText(systemOf(args, "system"), formatOf(args)),
  systemPreset: (args) => systemPreset(textOf(args, "name")),
  systemPresetNames: () => systemPresetNames,
  planSystem: (args) => planned(systemOf(args, "system"), args["kpusOnly"] === true),
  diffSystems: (args) => {
    const differences = diffSystems(systemOf(args, "a"), systemOf(args, "b"));
    return { differences, text: systemDiffText(differences) };
  },
};

function planned(system: SystemDescription, kpusOnly: boolean): JsonObject {
  const { kpus, config } = planSystem(system, { kpusOnly });
  return {
    configs: kpus.map((kpu) => flattenConfig(kpu.config)),
    hostLink: config.hostLink,
    peerLink: config.peerLink,
  };
}

function systemOf(args: JsonObject, key: string): SystemDescription {
  return describeSystem(objectOf(args, key, "the description of a system"));
}

import {
  checkConfig,
  checkFlat,
  checkSystem,
  configToText,
  createForMatmul,
  describeFlat,
  diffConfigs,
  diffText,
  type FileFormat,
  hostLinkOf,
  type KpuDescription,
  machineConfigsOf,
  peerLinkOf,
  presetNamed,
  presetNames,
  type SystemDescription,
  systemPreset,
  systemPresetNames,
  systemToText,
} from "@kpu-sim/formats";
import { completeFlatConfig, flattenConfig, KpuError, nestConfig } from "@kpu-sim/machine";
import { isJsonObject, type JsonObject } from "./json-object.ts";

/** Questions about configurations and their files; they need no simulator. Configurations travel in flat form. */
export const configurationQueries: Readonly<Record<string, (args: JsonObject) => unknown>> = {
  checkConfigText: (args) => {
    const { errors, warnings, description } = checkConfig(textOf(args, "text"), formatOf(args));
    return { errors, warnings, config: description && flattenConfig(description.config) };
  },
  checkSystemText: (args) => {
    const { errors, warnings, system } = checkSystem(textOf(args, "text"), formatOf(args));
    return { errors, warnings, ...(system === undefined ? {} : simulated(system)) };
  },
  systemPreset: (args) => systemToText(systemPreset(textOf(args, "name")), formatOf(args)),
  systemPresetNames: () => systemPresetNames,
  checkConfig: (args) => {
    const { errors, warnings } = checkFlat(flatOf(args, "config"));
    return { errors, warnings };
  },
  configText: (args) => {
    const { name, description } = args;
    const head = { name: optionalText(name), description: optionalText(description) };
    return configToText(describeFlat(flatOf(args, "config"), head), formatOf(args));
  },
  configPresetNames: () => presetNames,
  configPreset: (args) => described(presetNamed(textOf(args, "name"))),
  configForMatmul: (args) => described(createForMatmul(...dimensionsOf(args), numberOf(args, "arraySize"))),
  diffConfigs: (args) => {
    const configs = [flatOf(args, "a"), flatOf(args, "b")].map((flat) => nestConfig(completeFlatConfig(flat)));
    const [a = {}, b = {}] = configs;
    const differences = diffConfigs(a, b);
    return { differences, text: diffText(differences) };
  },
};

/** What of a system can be simulated, and which accelerators cannot. */
function simulated(system: SystemDescription): JsonObject {
  return {
    name: system.system.name,
    kpus: machineConfigsOf(system).map(({ id, description, config }) => ({
      id,
      description,
      config: flattenConfig(config),
    })),
    others: system.accelerators.filter(({ type }) => type !== "KPU").map(({ id, type }) => ({ id, type })),
    hostGbps: hostLinkOf(system)?.bandwidthGbps ?? null,
    peerGbps: peerLinkOf(system)?.bandwidthGbps ?? null,
  };
}

function described({ name, description, config }: KpuDescription): unknown {
  return { name, description, config: flattenConfig(config) };
}

function textOf(args: JsonObject, key: string): string {
  const value = args[key];
  if (typeof value === "string") return value;
  throw new KpuError("KPU_TYPE", `${key} must be text, got ${typeof value}`);
}

function optionalText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function numberOf(args: JsonObject, key: string): number {
  const value = args[key];
  if (typeof value === "number") return value;
  throw new KpuError("KPU_TYPE", `${key} must be a number, got ${typeof value}`);
}

function dimensionsOf(args: JsonObject): readonly [number, number, number] {
  return [numberOf(args, "m"), numberOf(args, "n"), numberOf(args, "k")];
}

function formatOf(args: JsonObject): FileFormat {
  const { format } = args;
  if (format === "yaml" || format === "json") return format;
  throw new KpuError("KPU_ARGUMENT", `format must be 'yaml' or 'json', got '${String(format)}'`);
}

function flatOf(args: JsonObject, key: string): JsonObject {
  const value = args[key];
  if (isJsonObject(value)) return value;
  throw new KpuError("KPU_TYPE", `${key} must be a configuration, got ${typeof value}`);
}

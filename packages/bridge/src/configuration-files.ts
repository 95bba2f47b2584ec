import {
  checkConfig,
  checkFlat,
  configToText,
  createForMatmul,
  describeFlat,
  diffConfigs,
  diffText,
  type GivenDescription,
  type KpuDescription,
  type MemoryController,
  presetNamed,
  presetNames,
} from "@kpu-sim/formats";
import { completeFlatConfig, flattenConfig, nestConfig } from "@kpu-sim/machine";
import { isJsonObject, type JsonObject } from "./json-object.ts";
import { formatOf, numberOf, objectOf, optionalText, textOf } from "./query-arguments.ts";
import { snakeCase } from "./snake-case.ts";

/** Questions about configurations and their files; they need no simulator. Configurations travel in flat form. */
export const configurationQueries: Readonly<Record<string, (args: JsonObject) => unknown>> = {
  checkConfigText: (args) => {
    const { errors, warnings, description } = checkConfig(textOf(args, "text"), formatOf(args));
    if (description === undefined) return { errors, warnings };
    return { errors, warnings, config: flattenConfig(description.config), head: shownHead(description) };
  },
  checkConfig: (args) => {
    const { errors, warnings } = checkFlat(flatOf(args, "config"));
    return { errors, warnings };
  },
  configText: (args) => configToText(describeFlat(flatOf(args, "config"), headOf(args)), formatOf(args)),
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

function described({ name, description, config }: KpuDescription): unknown {
  return { name, description, config: flattenConfig(config) };
}

function flatOf(args: JsonObject, key: string): JsonObject {
  return objectOf(args, key, "a configuration");
}

function dimensionsOf(args: JsonObject): readonly [number, number, number] {
  return [numberOf(args, "m"), numberOf(args, "n"), numberOf(args, "k")];
}

/** What a file says beside the machine, in the words of Python. */
function shownHead({ name, description, memoryController }: KpuDescription): JsonObject {
  const entries = Object.entries(memoryController ?? {}).map(([key, figure]) => [snakeCase(key), figure]);
  return { name, description, memory_controller: memoryController && Object.fromEntries(entries) };
}

function headOf({ name, description, memory_controller }: JsonObject): Omit<GivenDescription, "config"> {
  const head = { name: optionalText(name), description: optionalText(description) };
  if (!isJsonObject(memory_controller)) return head;
  const figure = (key: keyof MemoryController): number => numberOf(memory_controller, snakeCase(key));
  const memoryController = {
    controllerCount: figure("controllerCount"),
    pageBufferCount: figure("pageBufferCount"),
    pageBufferCapacityKb: figure("pageBufferCapacityKb"),
    pageBufferBase: figure("pageBufferBase"),
  };
  return { ...head, memoryController };
}

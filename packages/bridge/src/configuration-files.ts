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
  presetNamed,
  presetNames,
} from "@kpu-sim/formats";
import { completeFlatConfig, flattenConfig, nestConfig } from "@kpu-sim/machine";
import type { JsonObject } from "./json-object.ts";
import { formatOf, numberOf, objectOf, optionalText, textOf } from "./query-arguments.ts";

/** Questions about configurations and their files; they need no simulator. Configurations travel in flat form. */
export const configurationQueries: Readonly<Record<string, (args: JsonObject) => unknown>> = {
  checkConfigText: (args) => {
    const { errors, warnings, description } = checkConfig(textOf(args, "text"), formatOf(args));
    if (description === undefined) return { errors, warnings };
    const { name, description: text, memoryController, config } = description;
    return { errors, warnings, config: flattenConfig(config), head: { name, description: text, memoryController } };
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

/** What a file says beside the machine. */
function headOf(args: JsonObject): Omit<GivenDescription, "config"> {
  const { name, description, memoryController: given } = args;
  const head = { name: optionalText(name), description: optionalText(description) };
  if (given === undefined || given === null) return head;
  const figures = objectOf(args, "memoryController", "the figures of memory controllers");
  const memoryController = {
    controllerCount: numberOf(figures, "controllerCount"),
    pageBufferCount: numberOf(figures, "pageBufferCount"),
    pageBufferCapacityKb: numberOf(figures, "pageBufferCapacityKb"),
    pageBufferBase: numberOf(figures, "pageBufferBase"),
  };
  return { ...head, memoryController };
}

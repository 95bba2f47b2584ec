export { type Difference, diffConfigs, diffText } from "./kpu/diff.ts";
export type { KpuDescription, MemoryController } from "./kpu/kpu-config.ts";
export {
  type CheckedConfig,
  checkConfig,
  checkFlat,
  configToText,
  describeFlat,
  describeKpu,
  type GivenDescription,
  parseConfig,
} from "./kpu/kpu-file.ts";
export { createForMatmul, type PresetName, presetNamed, presetNames, presets } from "./kpu/presets.ts";
export { type FileFormat, fileFormatOf } from "./text/file-format.ts";
export { type Finding, findingText, type Report } from "./text/findings.ts";

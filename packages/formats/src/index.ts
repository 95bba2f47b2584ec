export { type CheckedAreaTable, checkAreaTable, parseAreaTable } from "./area/area-file.ts";
export {
  type AreaTable,
  type AreaUnit,
  areaUnits,
  type OnChipMemory,
  onChipMemories,
} from "./area/area-table.ts";
export { type CheckedEnergyTable, checkEnergyTable, parseEnergyTable } from "./energy/energy-file.ts";
export type { EnergyTable, LinkKind, MemoryEnergy } from "./energy/energy-table.ts";
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
export {
  checkScaleSimConfig,
  type InterfaceBandwidth,
  type OptimizedMapping,
  type ScaleSimConfig,
  type ScaleSimConfigReport,
  type ScaleSimSparsity,
  type SparseRepresentation,
} from "./scalesim/scalesim-config.ts";
export {
  type AccessSpan,
  type FilterStorage,
  type ScaleSimLayerReport,
  scaleSimReports,
} from "./scalesim/scalesim-reports.ts";
export { type ScaleSimTraceName, scaleSimTraceLine, scaleSimTraceNames } from "./scalesim/scalesim-traces.ts";
export {
  type Convolution,
  checkTopology,
  type ScaleSimLayer,
  type SparsityRatio,
  type TopologyKind,
  type TopologyReport,
} from "./scalesim/topology.ts";
export type {
  AcceleratorDescription,
  AcceleratorType,
  HostDescription,
  InterconnectDescription,
  KpuSystemConfig,
  MemoryModuleDescription,
  SystemDescription,
} from "./system/system-description.ts";
export { diffSystems, type SystemDifference, systemDiffText } from "./system/system-diff.ts";
export {
  type CheckedSystem,
  checkSystem,
  describeSystem,
  parseSystem,
  systemToText,
  validateSystem,
} from "./system/system-file.ts";
export {
  hostLinkOf,
  machineConfigOf,
  machineConfigsOf,
  peerLinkOf,
  type SystemLink,
  type SystemMachine,
} from "./system/system-machines.ts";
export { type SystemPresetName, systemPreset, systemPresetNames } from "./system/system-presets.ts";
export { type FileFormat, fileFormatOf } from "./text/file-format.ts";
export { type Finding, findingText, type Report } from "./text/findings.ts";
export * from "./trace/index.ts";
export type * from "./workload/workload.ts";
export { type CheckedWorkload, checkWorkload, isWorkloadText, parseWorkload } from "./workload/workload-file.ts";

export { type AreaPart, type AreaReport, areaOf } from "./area/area.ts";
export { areaTableNamed, areaTables } from "./area/area-table.ts";
export type { DescribedSystem, SystemChoices, SystemPlan } from "./described-system.ts";
export { defaultLink, planSystem, readSystem, systemFromDescription } from "./described-system.ts";
export {
  type DramActivity,
  type DramCurrents,
  type DramEnergy,
  dramCurrentsOf,
  dramEnergy,
} from "./energy/dram-energy.ts";
export { type EnergyPart, type EnergyReport, energyDefinitions, energyOf } from "./energy/energy.ts";
export { energyTableNamed, energyTables } from "./energy/energy-tables.ts";
export type { EnergyOperation } from "./energy/operation-energy.ts";
export { type Insight, type InsightRule, insightRules, insightsOf } from "./insights/insights.ts";
export { type LinkUsage, linkUsage } from "./insights/usage.ts";
export { type ScaleSimLayerFigures, scaleSimLayerFigures } from "./scalesim/layer-figures.ts";
export { ScaleSimLayerRun, type ScaleSimTraceListener, scaleSimLayerReport } from "./scalesim/layer-report.ts";
export type { SelfTestCheck, SelfTestReport } from "./self-test.ts";
export { groupSelfTest, selfTest } from "./self-test.ts";

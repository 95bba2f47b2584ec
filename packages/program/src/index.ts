export {
  type CampaignOptions,
  type CampaignReport,
  FaultCampaign,
  type OutcomeCounts,
  runFaultCampaign,
} from "./faults/fault-campaign.ts";
export { type Damage, type FaultExperiment, type FaultOutcome, faultOutcomes } from "./faults/fault-experiment.ts";
export { faultText } from "./faults/fault-text.ts";
export type { ColumnValues, EndingRequest } from "./tiled-matmul/ending.ts";
export type { MatmulProblem, Tiling, UnitsUsed } from "./tiled-matmul/problem.ts";
export type { LevelReport, MatmulReport, UnitReport } from "./tiled-matmul/report.ts";
export type { TiledMatmulRequest, TiledMatmulResult } from "./tiled-matmul/tiled-matmul.ts";
export { TiledMatmul, tiledMatmul } from "./tiled-matmul/tiled-matmul.ts";
export type { CheckedExpectation } from "./workload/expectations.ts";
export { seededOperands } from "./workload/seeded-numbers.ts";
export { runWorkload, type WorkloadResult, WorkloadRun } from "./workload/workload-run.ts";

import { AddressMap } from "./address-map/address-map.ts";
import { TileWork } from "./compute/tile-work.ts";
import { AccumulatorSets } from "./compute/vector/accumulator-sets.ts";
import { VectorWork } from "./compute/vector/vector-work.ts";
import { flattenConfig, nestConfig } from "./config/flat-config.ts";
import type { MachineConfig, ResolvedConfig } from "./config/machine-config.ts";
import { memoryClasses } from "./config/memory-classes.ts";
import { requireSensible } from "./config/validate.ts";
import { widthsOf } from "./config/widths.ts";
import { Engine } from "./engine/engine.ts";
import { shapeOf } from "./engine/engine-shape.ts";
import type { HandleParts } from "./engine/handle-parts.ts";
import { Semaphores } from "./engine/semaphores.ts";
import { UnitLayout } from "./engine/unit-layout.ts";
import { MemoryContents } from "./memory/memory-contents.ts";
import { deadlockError, waitingWork } from "./observe/deadlock.ts";
import { HazardLog } from "./observe/hazard-log.ts";
import { RegionTotals } from "./observe/region-totals.ts";

/** What a machine is made of. */
export type MachineParts = HandleParts & { readonly totals: RegionTotals; readonly hazards: HazardLog };

/** Puts a machine together. Errors: KPU_CONFIG. */
export function machineParts(given: MachineConfig): MachineParts {
  const config = deepFreeze(nestConfig(flattenConfig(given)));
  requireSensible(config);
  const map = new AddressMap(memoryClasses(config));
  const layout = new UnitLayout(config);
  const widths = widthsOf(config);
  const totals = new RegionTotals(map.regionCount);
  const semaphores = new Semaphores();
  const accumulators = new AccumulatorSets(semaphores);
  const hazards = new HazardLog(config.hazardPolicy, {
    labelOf: (unit) => ({ sequence: engine.units.sequence[unit] ?? 0, unit: layout.nameOf(unit) }),
    addressOf: (region, offset) => map.baseOf(region) + offset,
  });
  const vectors = new VectorWork(config.vectorUnits);
  const engine: Engine = new Engine(
    shapeOf(config, map, widths, layout.moverCount),
    {
      contents: new MemoryContents((region) => map.classOf(region).capacityBytes, !config.timingOnly),
      totals,
      hazards,
      tiles: new TileWork(config.computeTiles, vectors),
      vectors,
      semaphores,
    },
    () => deadlockError(engine.cycle, waitingWork(engine, layout, semaphores)),
  );
  return { config, engine, layout, map, semaphores, accumulators, widths, totals, hazards };
}

function deepFreeze(config: ResolvedConfig): ResolvedConfig {
  for (const section of Object.values(config)) Object.freeze(section);
  return Object.freeze(config);
}

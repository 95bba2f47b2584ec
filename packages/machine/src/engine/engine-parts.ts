import type { TileWork } from "../compute/tile-work.ts";
import type { VectorWork } from "../compute/vector/vector-work.ts";
import type { ExternalDram, SavedExternalDram } from "../dram/external-dram.ts";
import type { Faults } from "../faults/faults.ts";
import type { MemoryContents } from "../memory/memory-contents.ts";
import type { HazardLog } from "../observe/hazard-log.ts";
import type { RegionTotals } from "../observe/region-totals.ts";
import type { SavedDueWork } from "./due-work.ts";
import type { SavedEventQueue } from "./event-queue.ts";
import type { SavedInFlight } from "./in-flight.ts";
import type { SavedPortSharing } from "./port-sharing.ts";
import type { Semaphores } from "./semaphores.ts";
import type { SavedStartList } from "./start-list.ts";
import type { SavedUnits } from "./unit-table.ts";
import type { SavedUnitWork } from "./unit-work.ts";

/** What the engine drives. */
export type EngineParts = {
  readonly contents: MemoryContents;
  readonly totals: RegionTotals;
  readonly hazards: HazardLog;
  readonly tiles: TileWork;
  readonly vectors: VectorWork;
  readonly semaphores: Semaphores;
  readonly faults: Faults;
  /** External memory at cycle fidelity. */
  readonly dram: ExternalDram | undefined;
};

/** All work, waiting and under way. */
export type SavedWork = {
  readonly units: SavedUnits;
  readonly work: SavedUnitWork;
  readonly inFlight: SavedInFlight;
  readonly events: SavedEventQueue;
  readonly sharing: SavedPortSharing;
  readonly starts: SavedStartList;
  readonly due: SavedDueWork;
  readonly outstanding: number;
  readonly nextSequence: number;
  readonly dram: SavedExternalDram | undefined;
};

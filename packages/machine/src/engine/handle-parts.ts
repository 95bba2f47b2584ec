import type { AddressMap } from "../address-map/address-map.ts";
import type { AccumulatorSets } from "../compute/vector/accumulator-sets.ts";
import type { ResolvedConfig } from "../config/machine-config.ts";
import type { Widths } from "../config/widths.ts";
import type { Routes } from "../interconnect/routes.ts";
import type { Engine } from "./engine.ts";
import type { Semaphores } from "./semaphores.ts";
import type { UnitLayout } from "./unit-layout.ts";

/** What the handles of a machine's engines and tiles work on. */
export type HandleParts = {
  readonly config: ResolvedConfig;
  readonly engine: Engine;
  readonly layout: UnitLayout;
  readonly map: AddressMap;
  readonly semaphores: Semaphores;
  readonly accumulators: AccumulatorSets;
  readonly widths: Widths;
  readonly routes: Routes;
};

import type { MatrixProduct } from "../compute/tile-work.ts";
import type { VectorTask } from "../compute/vector/vector-task.ts";
import type { FaultOrder } from "../faults/faults.ts";
import type { TraceLog } from "../observe/trace-log.ts";
import type { Synchronization } from "./semaphores.ts";
import type { TransferOrder } from "./transfer-table.ts";

/** Everything that can come to an engine from outside, also out of callbacks, as data that can be applied again. */
export type Input =
  | { readonly kind: "transfer"; readonly mover: number; readonly order: TransferOrder }
  | { readonly kind: "product"; readonly tile: number; readonly product: MatrixProduct }
  | { readonly kind: "vector"; readonly tile: number; readonly task: VectorTask }
  | { readonly kind: "signal"; readonly synchronization: Synchronization }
  | { readonly kind: "drain"; readonly semaphore: number; readonly count: number }
  | { readonly kind: "write"; readonly region: number; readonly offset: number; readonly bytes: Uint8Array }
  /** A host access that changes no byte. */
  | { readonly kind: "touch"; readonly region: number }
  | { readonly kind: "clear"; readonly region: number; readonly capacityBytes: number }
  | { readonly kind: "drop"; readonly unit: number }
  | { readonly kind: "fault"; readonly order: FaultOrder }
  | { readonly kind: "trace"; readonly log: TraceLog; readonly isOn: boolean };

/** Is told of inputs before they act. */
export type InputJournal = {
  /** The machine stands at a recorded cycle before the latest: looking at it must not change it. */
  readonly isInPast: boolean;
  note(input: Input): void;
};

/**
 * Where a machine rests: a cycle, and how many times work of this cycle has been started since the cycle began. The latter is
 * not 0 where starts were interrupted (a raised hazard, a deadlock) and at functional fidelity, which has rounds instead of cycles.
 */
export type Position = { readonly cycle: number; readonly starts: number };

/** Negative if the first comes before the second. */
export function comparePositions(a: Position, b: Position): number {
  return a.cycle - b.cycle || a.starts - b.starts;
}

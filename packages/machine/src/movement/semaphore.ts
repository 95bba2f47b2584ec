import type { Engine } from "../engine/engine.ts";
import {
  type CreditMeaning,
  type Credits,
  type Semaphores,
  type Synchronization,
  unsynchronized,
} from "../engine/semaphores.ts";
import { KpuError, requireWhole } from "../errors.ts";

/** What work waits for or signals: a semaphore, for one credit of it, or so many. */
export type CreditRequest = Semaphore | { readonly semaphore: Semaphore; readonly count: number };

export type SynchronizationRequest = {
  /** Credits that the work takes when it starts; it does not start before all are there. */
  readonly waitFor?: readonly CreditRequest[] | undefined;
  /** Credits that the work gives when it completes. */
  readonly signal?: readonly CreditRequest[] | undefined;
};

/**
 * A counting semaphore between engines: work that waits for it starts when the credits are there and takes them; work that
 * signals it gives credits when it completes. Credits given in a cycle let work start in that same cycle; where several wait,
 * the earlier issued comes first.
 */
export class Semaphore {
  readonly id: number;
  readonly #semaphores: Semaphores;
  readonly #engine: Engine;

  constructor(semaphores: Semaphores, engine: Engine, id: number) {
    this.#semaphores = semaphores;
    this.#engine = engine;
    this.id = id;
  }

  get name(): string {
    return this.#semaphores.nameOf(this.id);
  }

  /** What its credits stand for. */
  get grants(): CreditMeaning {
    return this.#semaphores.grantsOf(this.id);
  }

  /** Credits that are there now. */
  get value(): number {
    return this.#semaphores.valueOf(this.id);
  }

  /** Whether this is a semaphore of the machine that an engine drives. */
  belongsTo(engine: Engine): boolean {
    return this.#engine === engine;
  }

  /** Gives credits from the host, at the current cycle and before its starts. */
  signal(count: number = 1): void {
    requireWhole(count, "the number of credits", "KPU_ARGUMENT", 1);
    this.#engine.signal({ waitFor: [], signal: [{ semaphore: this.id, count }] });
  }

  /** Takes away all credits that are there, so that the semaphore can serve another purpose; returns how many. */
  drain(): number {
    return this.#engine.drain(this.id);
  }
}

function creditsOf(requests: readonly CreditRequest[], engine: Engine): readonly Credits[] {
  return requests.map((request) => {
    const { semaphore, count } = request instanceof Semaphore ? { semaphore: request, count: 1 } : request;
    if (semaphore.belongsTo(engine)) return { semaphore: semaphore.id, count };
    throw new KpuError("KPU_ARGUMENT", `semaphore '${semaphore.name}' belongs to another machine`);
  });
}

/** Checked synchronization of a piece of work. */
export function synchronizationOf(
  { waitFor = [], signal = [] }: SynchronizationRequest,
  semaphores: Semaphores,
  engine: Engine,
): Synchronization {
  if (waitFor.length === 0 && signal.length === 0) return unsynchronized;
  const credits = { waitFor: creditsOf(waitFor, engine), signal: creditsOf(signal, engine) };
  semaphores.require(credits.waitFor, "waitFor");
  semaphores.require(credits.signal, "signal");
  return credits;
}

import type { Machine, Semaphore } from "@kpu-sim/machine";

/** Semaphores of each machine that no program uses at present. */
const free = new WeakMap<Machine, { readonly data: Semaphore[]; readonly space: Semaphore[] }>();

/** Hands out semaphores of a machine and takes them back, so that programs run one after another use the same ones. */
export class SemaphorePool {
  readonly #machine: Machine;
  readonly #taken: { readonly semaphore: Semaphore; readonly grants: "data" | "space" }[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
    if (!free.has(machine)) free.set(machine, { data: [], space: [] });
  }

  /** A semaphore without credits, whose credits stand for data that has arrived or for space that has become free. */
  take(grants: "data" | "space"): Semaphore {
    const semaphore =
      free.get(this.#machine)?.[grants].pop() ?? this.#machine.semaphore(`program ${grants}`, 0, grants);
    this.#taken.push({ semaphore, grants });
    return semaphore;
  }

  /** Gives all back, without the credits that the program left over. */
  release(): void {
    for (const { semaphore, grants } of this.#taken.splice(0)) {
      semaphore.drain();
      free.get(this.#machine)?.[grants].push(semaphore);
    }
  }
}

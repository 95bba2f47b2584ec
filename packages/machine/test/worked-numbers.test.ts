import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";
import type { MachineUnderTest } from "./machine-under-test.ts";
import { memoryKinds, moverAt, regionAt } from "./places.ts";
import {
  mapCases,
  type Place,
  productCases,
  productConfigs,
  type TransferCase,
  transferCases,
} from "./worked-number-cases.ts";

function addressOf(machine: MachineUnderTest, place: Place): number {
  return regionAt(machine, place.kind, place.id).base + (place.offset ?? 0);
}

/** Issues the transfers at cycle 0 and returns the cycle at which each of them called back. */
function completionCycles(
  machine: MachineUnderTest,
  planned: TransferCase,
  run: () => void,
): readonly (number | undefined)[] {
  const cycles: (number | undefined)[] = planned.transfers.map(() => undefined);
  for (const [index, { engine, id, from, to, bytes, stream }] of planned.transfers.entries()) {
    moverAt(machine, engine, id).transfer({
      source: addressOf(machine, from),
      destination: addressOf(machine, to),
      bytes,
      ...(stream === undefined ? {} : { stream }),
      onComplete: () => {
        cycles[index] = machine.cycle;
      },
    });
  }
  run();
  return cycles;
}

describe.each(implementations)("worked numbers of the timing rules, $name", ({ create }) => {
  it.each(transferCases)("$name", (planned) => {
    const machine = create(planned.config);
    expect(completionCycles(machine, planned, () => machine.runUntilIdle())).toEqual(planned.completeAt);
    expect(machine.cycle).toBe(Math.max(...planned.completeAt));
    expect(machine.isIdle).toBe(true);
  });

  it.each(transferCases)("$name, by single steps", (planned) => {
    const machine = create(planned.config);
    const stepped = completionCycles(machine, planned, () => {
      while (!machine.isIdle) {
        machine.step();
      }
    });
    expect(stepped).toEqual(planned.completeAt);
  });

  describe.each(productConfigs.map(([name, config], column) => ({ name, config, column })))(
    "matrix product, $name",
    ({ config, column }) => {
      it.each(productCases)("$m x $k by $k x $n", ({ m, n, k, cycles }) => {
        const machine = create(config);
        let completedAt: number | undefined;
        const onComplete = (): void => {
          completedAt = machine.cycle;
        };
        machine.tile(0).matmul({ scratchpad: 0, m, n, k, a: 0, b: 4 * m * k, c: 4 * (m * k + k * n), onComplete });
        machine.runUntilIdle();
        expect(completedAt).toBe(cycles[column]);
        expect(machine.cycle).toBe(cycles[column]);
      });
    },
  );

  it.each(mapCases)("address map: $name", ({ config, bases }) => {
    const machine = create(config);
    expect(memoryKinds.map((kind) => regionAt(machine, kind, 0).base)).toEqual(bases);
  });
});

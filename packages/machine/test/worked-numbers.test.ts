import { describe, expect, it } from "vitest";
import { implementations } from "./implementations.ts";
import type { MachineUnderTest, ProductOrder } from "./machine-under-test.ts";
import { memoryKinds, moverAt, regionAt } from "./places.ts";
import { geometryCases } from "./worked-geometry-cases.ts";
import {
  mapCases,
  type Place,
  type ProductCase,
  productCases,
  productConfigs,
  type TransferCase,
  transferCases,
} from "./worked-number-cases.ts";

const allTransferCases = [...transferCases, ...geometryCases];

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
  for (const [index, { engine, id, from, to, ...what }] of planned.transfers.entries()) {
    moverAt(machine, engine, id).transfer({
      ...what,
      source: addressOf(machine, from),
      destination: addressOf(machine, to),
      onComplete: () => {
        cycles[index] = machine.cycle;
      },
    });
  }
  run();
  return cycles;
}

type AskedProduct = Omit<ProductCase, "cycles"> & Pick<ProductOrder, "accumulate" | "dataflow">;

/** Cycles from the call to the callback; the machine is idle before and after. */
function productCycles(machine: MachineUnderTest, asked: AskedProduct): number | undefined {
  const { m, n, k } = asked;
  const start = machine.cycle;
  let completedAt: number | undefined;
  const onComplete = (): void => {
    completedAt = machine.cycle;
  };
  machine.tile(0).matmul({ ...asked, scratchpad: 0, a: 0, b: 4 * m * k, c: 4 * (m * k + k * n), onComplete });
  machine.runUntilIdle();
  expect(machine.cycle).toBe(completedAt);
  return completedAt === undefined ? undefined : completedAt - start;
}

describe.each(implementations)("worked numbers of the timing rules, $name", ({ create }) => {
  it.each(allTransferCases)("$name", (planned) => {
    const machine = create(planned.config);
    expect(completionCycles(machine, planned, () => machine.runUntilIdle())).toEqual(planned.completeAt);
    expect(machine.cycle).toBe(Math.max(...planned.completeAt));
    expect(machine.isIdle).toBe(true);
  });

  it.each(allTransferCases)("$name, by single steps", (planned) => {
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
    ({ name, config, column }) => {
      it.each(productCases)("$m x $k by $k x $n", ({ m, n, k, cycles }) => {
        expect(productCycles(create(config), { m, n, k })).toBe(cycles[column]);
      });

      it.each(productCases)("$m x $k by $k x $n, added to C (rule 32)", ({ m, n, k, cycles }) => {
        expect(productCycles(create(config), { m, n, k, accumulate: true })).toBe(cycles[column]);
      });

      it.each(productCases)("$m x $k by $k x $n in each dataflow of the request (rule 32)", ({ m, n, k, cycles }) => {
        const machine = create(config);
        const [outputStationary, weightStationary, inputStationary, nonSystolic] = cycles;
        const asked = (["output_stationary", "weight_stationary", "input_stationary"] as const).map((dataflow) =>
          productCycles(machine, { m, n, k, dataflow }),
        );
        const systolic = [outputStationary, weightStationary, inputStationary];
        expect(asked).toEqual(name === "non-systolic" ? [nonSystolic, nonSystolic, nonSystolic] : systolic);
        // The next product is as configured again.
        expect(productCycles(machine, { m, n, k })).toBe(cycles[column]);
      });
    },
  );

  it.each(mapCases)("address map: $name", ({ config, bases }) => {
    const machine = create(config);
    expect(memoryKinds.map((kind) => regionAt(machine, kind, 0).base)).toEqual(bases);
  });
});

import type { Machine } from "../../src/index.ts";
import type { ProgramDriver } from "./driver.ts";
import type { RandomProgram } from "./program.ts";

/** As text: comparing long arrays element by element would be most of a test's time. */
const decoder = new TextDecoder("latin1");

/** Everything that can be seen of a machine that a program has run on; memories by the windows that the program uses. */
export function viewOf(machine: Machine, driver: ProgramDriver, { windowBytes }: RandomProgram): unknown {
  const memories = driver.regions.map((region) => {
    const count = Math.min(windowBytes, region.capacityBytes);
    return decoder.decode(region.read(0, count)) + decoder.decode(region.read(region.capacityBytes - count, count));
  });
  return {
    memories,
    // Reading is an access, so the statistics come after it.
    statistics: machine.statistics(),
    state: driver.state(),
    hazards: machine.hazards,
    waiting: machine.waiting,
    trace: [...machine.trace],
    horizon: machine.horizon,
  };
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { EventQueue } from "./event-queue.ts";

const entities = 12;
const steps = fc.array(
  fc.record({
    entity: fc.integer({ min: 0, max: entities - 1 }),
    time: fc.integer({ min: 0, max: 30 }),
    action: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 80 },
);

test("always yields the earliest event; scheduling again moves an event", () => {
  fc.assert(
    fc.property(steps, (program) => {
      const queue = new EventQueue(entities);
      const times = new Map<number, number>();
      for (const { entity, time, action } of program) {
        if (action === 0) {
          queue.cancel(entity);
          times.delete(entity);
        } else if (action === 1 && times.size > 0) {
          const earliest = Math.min(...times.values());
          const popped = queue.pop();
          expect(times.get(popped)).toBe(earliest);
          times.delete(popped);
        } else {
          queue.schedule(entity, time);
          times.set(entity, time);
        }
        expect(queue.earliest).toBe(Math.min(Number.POSITIVE_INFINITY, ...times.values()));
      }
    }),
  );
});

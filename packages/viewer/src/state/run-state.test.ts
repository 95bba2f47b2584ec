import { Machine } from "kpu-sim";
import { expect, test } from "vitest";
import type { RunRequest, ToPage, ToWorker } from "../engine/protocol.ts";
import { RunState } from "./run-state.ts";

const request: RunRequest = { title: "a run", config: {}, program: { kind: "transfer", bytes: 64 } };

/** A page whose engine is played by the test. */
function page(): { state: RunState; sent: ToWorker[]; answer: (message: ToPage) => void } {
  const sent: ToWorker[] = [];
  let receive: (message: ToPage) => void = () => undefined;
  const state = new RunState({
    post: (message) => void sent.push(message),
    listen: (listener) => {
      receive = listener;
    },
  });
  return { state, sent, answer: (message) => receive(message) };
}

function loaded(run: number): ToPage {
  const machine = new Machine(request.config);
  const origin = machine.traceOrigin();
  const [config] = origin.configs;
  if (config === undefined) throw new Error("no configuration");
  return { kind: "loaded", run, description: { title: `run ${run}`, origin, config } };
}

function progress(run: number, latestCycle: number): ToPage {
  const columns = new Machine({}).trace.columns();
  return { kind: "progress", run, latestCycle, columns, done: 0, steps: 1, dropped: 0 };
}

test("a run that cannot be loaded leaves the present one alive", () => {
  const { state, sent, answer } = page();
  state.load(request);
  answer(loaded(1));
  answer(progress(1, 100));
  state.load(request);
  answer({ kind: "failed", run: 2, message: "no such machine" });
  expect(state.failure()).toBe("no such machine");
  expect(state.run()?.description.title).toBe("run 1");
  answer(progress(1, 200));
  expect(state.latestCycle()).toBe(200);
  answer({ kind: "state", run: 1, cycle: 0, statistics: new Machine({}).statistics() });
  state.moveTo(150);
  expect(sent.at(-1)).toMatchObject({ kind: "seek", run: 1, cycle: 150 });
});

test("a run that is loaded stays when one fails that was asked for before that", () => {
  const { state, answer } = page();
  state.load(request);
  state.openTrace("damaged.kputrace", new Uint8Array(1));
  answer(loaded(1));
  answer({ kind: "failed", run: 2, message: "no trace" });
  answer(progress(1, 100));
  expect(state.run()?.description.title).toBe("run 1");
  expect(state.latestCycle()).toBe(100);
  expect(state.failure()).toBe("no trace");
});

test("late answers of an earlier run are not shown", () => {
  const { state, answer } = page();
  state.load(request);
  answer(loaded(1));
  state.load(request);
  answer(loaded(2));
  answer(progress(1, 300));
  expect(state.latestCycle()).toBe(0);
});

test("a cursor that moves faster than answers come asks for its last place only", () => {
  const { state, sent, answer } = page();
  state.load(request);
  answer(loaded(1));
  answer(progress(1, 100));
  for (const cycle of [10, 20, 30, 40]) state.moveTo(cycle);
  const statistics = new Machine({}).statistics();
  answer({ kind: "state", run: 1, cycle: 0, statistics });
  answer({ kind: "state", run: 1, cycle: 40, statistics });
  expect(sent.filter(({ kind }) => kind === "seek").map((message) => "cycle" in message && message.cycle)).toEqual([
    0, 40,
  ]);
});

test("the cursor stays within what has been simulated", () => {
  const { state, answer } = page();
  state.load(request);
  answer(loaded(1));
  answer(progress(1, 100));
  state.moveTo(1e9);
  expect(state.cursor()).toBe(100);
  state.moveTo(-5);
  expect(state.cursor()).toBe(0);
});

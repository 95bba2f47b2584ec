// The viewer in Chromium: first paint from a disk, opening a trace of a million events, seeking anywhere in a run of ten million cycles, frames
// while panning and zooming. Prints JSON. Run after `npm ci` and `npm run build:viewer`, where a Chromium is:
//   npx esbuild packages/viewer/test/measure.ts --bundle --platform=node --format=esm --conditions=source,browser --external:playwright-core > packages/viewer/test/.measure.mjs && node packages/viewer/test/.measure.mjs; rm packages/viewer/test/.measure.mjs
import { statSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Machine, recordingOf, traceFile } from "kpu-sim";
import { chromium, type Page } from "playwright-core";

const page = resolve("packages/viewer/dist/index.html");
const address = pathToFileURL(page).href;
const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const events = Number(process.env["TRACE_EVENTS"] ?? 1_000_000);

/** A trace of two lanes of transfers and products, which wait for each other. */
function trace(): Buffer {
  const machine = new Machine({ timingOnly: true });
  machine.startTrace({ mostEvents: events });
  const lanes = [0, 1].map((lane) => ({
    lane,
    full: machine.semaphore("full"),
    empty: machine.semaphore("empty", 2, "space"),
  }));
  while (machine.trace.length < events) {
    for (let count = 0; count < 1000; count++) {
      for (const { lane, full, empty } of lanes) {
        const ends = { source: machine.external(0).base, destination: machine.scratchpad(lane).base };
        machine.dma(lane).transfer({ ...ends, bytes: 2048 + 64 * (count % 7), waitFor: [empty], signal: [full] });
        const product = { scratchpad: lane, m: 16, n: 16, k: 16, a: 0, b: 1024, c: 4096, queued: true };
        machine.tile(lane).matmul({ ...product, waitFor: [full], signal: [empty] });
      }
    }
    machine.runUntilIdle();
  }
  return Buffer.concat([...traceFile(recordingOf(machine), "kputrace")]);
}

/** Two frames later everything that was asked for has been drawn. */
function drawn(tab: Page): Promise<void> {
  return tab.evaluate(
    () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  );
}

function spread(values: readonly number[]): Readonly<Record<string, number>> {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(10 * (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)) / 10;
  return { count: values.length, median: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) };
}

const finished = (tab: Page) =>
  tab
    .locator("output.cycle")
    .filter({ hasText: /of [1-9]/ })
    .filter({ hasNotText: "so far" })
    .waitFor();

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const tab = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await tab.goto(address);
await finished(tab);
const firstPaintMs = await tab.evaluate(
  () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1,
);

const bytes = trace();
// The file has reached the page when its input says so: what comes before is the way from this process into the browser.
await tab.evaluate(() => {
  const input = document.querySelector("#open-file");
  input?.addEventListener("change", () => performance.mark("given"), { capture: true });
});
await tab.setInputFiles("#open-file", { name: "run.kputrace", mimeType: "application/octet-stream", buffer: bytes });
await tab.locator(".picker option:checked", { hasText: "run.kputrace" }).waitFor({ state: "attached" });
await finished(tab);
await drawn(tab);
const openMs = await tab.evaluate(() => performance.now() - (performance.getEntriesByName("given")[0]?.startTime ?? 0));

const frames = await tab.evaluate(async () => {
  const canvas = document.querySelector("canvas");
  const times: number[] = [];
  let last = await new Promise<number>((done) => requestAnimationFrame(done));
  for (let frame = 0; frame < 240; frame++) {
    const box = canvas?.getBoundingClientRect() ?? new DOMRect();
    const place = { clientX: box.x + box.width / 2, clientY: box.y + 20, bubbles: true, cancelable: true };
    const ctrlKey = frame % 2 === 0;
    const towards = frame % 120 < 60 ? -120 : 120;
    canvas?.dispatchEvent(
      new WheelEvent("wheel", { ...place, ctrlKey, deltaY: ctrlKey ? towards : 0, deltaX: ctrlKey ? 0 : 90 }),
    );
    const now = await new Promise<number>((done) => requestAnimationFrame(done));
    times.push(now - last);
    last = now;
  }
  return times;
});
await tab.close();

const run = {
  title: "long",
  config: {},
  program: { kind: "matmul", request: { m: 1024, n: 1024, k: 1536, tileM: 32, tileN: 32, tileK: 32 } },
};
const seeking = await browser.newPage({ viewport: { width: 1440, height: 900 } });
// Tells when the engine's worker has answered a seek: the answer has the cycle.
await seeking.addInitScript(() => {
  const listen = Worker.prototype.addEventListener;
  const note = (event: Event): void => {
    if (event instanceof MessageEvent && event.data?.kind === "state")
      document.body.dataset["state"] = String(event.data.cycle);
  };
  window.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      listen.call(this, "message", note);
    }
  };
});
await seeking.goto(`${address}#${new URLSearchParams({ run: JSON.stringify(run) })}`);
await seeking
  .locator("output.cycle")
  .filter({ hasText: /of [1-9]/ })
  .filter({ hasNotText: "so far" })
  .waitFor({ timeout: 100_000 });
const cycles = Number(((await seeking.locator("#latest").textContent()) ?? "").replaceAll(/\D/g, ""));
await seeking.getByRole("tab", { name: "Memory" }).click();
await drawn(seeking);
let state = 7;
const seeks: number[] = [];
for (let index = 0; index < 200; index++) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  const cycle = Math.floor((state / 2 ** 32) * cycles);
  seeks.push(
    await seeking.evaluate(async (target) => {
      const input = document.querySelector<HTMLInputElement>("input.scrub");
      const begin = performance.now();
      if (input === null) return -1;
      input.value = String(target);
      input.dispatchEvent(new Event("input", { bubbles: true }));
      for (;;) {
        await new Promise((done) => setTimeout(done));
        if (document.body.dataset["state"] === String(target) || performance.now() - begin > 5000)
          return performance.now() - begin;
      }
    }, cycle),
  );
}
await browser.close();
const host = { processor: cpus()[0]?.model ?? "unknown", cores: cpus().length, node: process.version };
const results = {
  fileKb: Math.round(statSync(page).size / 1024),
  firstPaintMs,
  events,
  traceKb: Math.round(bytes.length / 1024),
  openMs,
  frameMs: spread(frames),
  cycles,
  seekMs: spread(seeks),
};
console.log(JSON.stringify({ host, ...results }, undefined, 2));

import { pathToFileURL } from "node:url";
import { Machine, recordingOf, tiledMatmul, traceFile } from "kpu-sim";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunRequest } from "../src/engine/protocol.ts";
import { addressOf } from "../src/shell/address.ts";
import { browserFile, buildViewer, openViewer, pictures, removeViewer, startBrowser, viewerFile } from "./browser.ts";

const fileAddress = pathToFileURL(viewerFile).href;

/** 3 x 2 elements; each step is a product of 4 x 4 x 4, so folds are partial. */
function smallRun(computeTiles: RunRequest["config"]["computeTiles"], timingOnly = false): RunRequest {
  return {
    title: "small",
    config: { timingOnly, computeTiles: { count: 1, rows: 3, cols: 2, ...computeTiles } },
    program: { kind: "matmul", request: { m: 8, n: 8, k: 8, tileM: 4, tileN: 4, tileK: 4 } },
  };
}

describe.skipIf(browserFile === undefined)("the view of the array in a browser", () => {
  let browser: Browser;

  beforeAll(async () => {
    buildViewer();
    browser = await startBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    removeViewer();
  });

  const open = async (request: RunRequest): Promise<{ page: Page; complaints: readonly string[] }> =>
    openViewer(browser, `${fileAddress}${addressOf(request, "array", 0)}`);
  const element = (page: Page) => page.locator(".array .element");

  test("steps and scrubs the cycles of a product, and tells the registers of an element", async () => {
    const { page, complaints } = await open(smallRun({ dataflow: "output_stationary" }));
    await page.getByRole("button", { name: "The product after" }).click();
    await page.getByText("fold 1 of 4").waitFor();
    await element(page).filter({ hasText: "does not multiply in this cycle" }).waitFor();
    await page.getByRole("button", { name: "One cycle of the product on" }).click();
    await element(page).filter({ hasText: "; multiplies in this cycle" }).waitFor();
    // The bits of the same numbers.
    const numbers = (await element(page).locator("b").allInnerTexts()).slice(1).map(Number);
    await page.getByLabel("Registers as").selectOption("hex");
    await expect.poll(async () => (await element(page).locator("b").allInnerTexts())[1]?.length).toBe(8);
    const bits = (await element(page).locator("b").allInnerTexts()).slice(1).map((text) => Number.parseInt(text, 16));
    const values = Array.from(new Float32Array(Uint32Array.from(bits).buffer), (value) => Number(value.toPrecision(5)));
    expect(values).toEqual(numbers);
    const scrub = page.locator(".scrub-product input");
    await scrub.fill((await scrub.getAttribute("max")) ?? "");
    await page.getByText("fold 4 of 4").waitFor();
    await page.screenshot({ path: `${pictures}/array.png` });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each(["output_stationary", "weight_stationary", "input_stationary"] as const)(
    "shows how busy each element was, over the run and over a range, %s",
    async (dataflow) => {
      const { page, complaints } = await open(smallRun({ dataflow }));
      const caption = page.locator(".heat-map figcaption");
      await caption.waitFor();
      const latest = Number((await page.locator("#latest").textContent())?.replaceAll(/\D/g, ""));
      // Twice 4 x 4 x 4 for each of 4 tiles of C: 512 multiply-accumulates of 6 elements.
      const mean = ((100 * 512) / 6 / latest).toFixed(1);
      await caption.filter({ hasText: `in ${mean} % of them` }).waitFor();
      await page.keyboard.press("1");
      const box = await page.locator(".lane-canvas canvas").boundingBox();
      if (box === null) throw new Error("no timeline");
      await page.mouse.move(box.x + 2, box.y + 60);
      await page.mouse.down();
      await page.mouse.move(box.x + 30, box.y + 60);
      await page.mouse.up();
      await page.keyboard.press("6");
      // Nothing is multiplied at the beginning of the run.
      await caption.filter({ hasText: "in 0.0 % of them" }).waitFor();
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  test.each([
    [1, 1],
    [256, 256],
    [2, 40],
  ])("shows %s x %s elements", async (rows, cols) => {
    const { page, complaints } = await open(smallRun({ rows, cols }));
    await page.getByRole("img", { name: `Array of ${rows} x ${cols} elements` }).waitFor();
    await page.getByRole("img", { name: `Utilization of ${rows} x ${cols} elements` }).waitFor();
    await page.getByRole("button", { name: "One cycle of the product on" }).click();
    await element(page).filter({ hasText: "; multiplies in this cycle" }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("begins with the product that is selected on the timeline", async () => {
    const { page } = await open(smallRun({}));
    await page.keyboard.press("1");
    await page
      .getByRole("button", { name: /^tile 0|compute tile 0/ })
      .first()
      .waitFor();
    const lane = await page.locator(".lane-name", { hasText: "tile 0" }).first().boundingBox();
    const box = await page.locator(".lane-canvas canvas").boundingBox();
    if (lane === null || box === null) throw new Error("no lane");
    // Somewhere in the run the tile works: the first click that selects a product does.
    for (let x = 0.3; x < 1; x += 0.02) {
      await page.mouse.click(box.x + x * box.width, lane.y + lane.height / 2);
      if (await page.locator(".details dd", { hasText: /^product$/ }).isVisible()) break;
    }
    const begin = await page.locator("#cursor").textContent();
    await page.keyboard.press("6");
    await page.locator(".array output", { hasText: `from cycle ${begin} ` }).waitFor();
    await page.close();
  });

  test("says what cannot be shown", async () => {
    const { page, complaints } = await open(smallRun({}, true));
    await page.getByText("simulates times only: what the registers hold is not known").waitFor();
    await page.getByRole("button", { name: "One cycle of the product on" }).click();
    await element(page).filter({ hasText: "something" }).waitFor();
    const machine = new Machine({ timingOnly: true });
    machine.startTrace();
    tiledMatmul(machine, { m: 32, n: 32, k: 32 });
    const buffer = Buffer.concat([...traceFile(recordingOf(machine), "kputrace")]);
    await page
      .locator("#open-file")
      .setInputFiles({ name: "run.kputrace", mimeType: "application/octet-stream", buffer });
    await page.getByText("A trace file holds neither the sizes of products nor their operands").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
    const { page: scalar } = await open(smallRun({ systolic: false }));
    await scalar.getByText("each multiplies and adds once a cycle").waitFor();
    await scalar.close();
  });
});

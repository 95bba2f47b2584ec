import { pathToFileURL } from "node:url";
import { configToText, Machine, presets, recordingOf, tiledMatmul, traceFile } from "kpu-sim";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  browserFile,
  buildViewer,
  cyclesOf,
  openViewer,
  pictures,
  removeViewer,
  startBrowser,
  viewerFile,
  waitForEnd,
} from "./browser.ts";

const fileAddress = pathToFileURL(viewerFile).href;

describe.skipIf(browserFile === undefined)("two runs in a browser", () => {
  let browser: Browser;

  beforeAll(async () => {
    buildViewer();
    browser = await startBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    removeViewer();
  });

  test("an edited run is drawn below the one before, with the difference", async () => {
    const { page, complaints } = await openViewer(browser, fileAddress);
    const [, first] = await cyclesOf(page);
    await page.keyboard.press("3");
    expect(await page.getByRole("button", { name: "Compare", exact: true }).isDisabled()).toBe(true);
    await page.locator("[name=memory_bandwidth_gbps]").fill("50");
    await page.locator("[name=l2_bank_count]").fill("10");
    await page.getByRole("button", { name: "Simulate", exact: true }).click();
    await page.locator(".difference").waitFor();
    await page.getByRole("button", { name: "Compare", exact: true }).click();
    await waitForEnd(page);
    const [, second] = await cyclesOf(page);
    expect(second).toBeGreaterThan(first);
    await page.getByRole("img", { name: `A takes ${first} cycles, B ${second}` }).waitFor();
    await page.locator(".compare .difference tr", { hasText: /^cycle/ }).waitFor();
    // A lane of the present machine only, and the keys of the timeline.
    await page.locator(".lane-name", { hasText: "DMA engines" }).waitFor();
    for (let turn = 0; turn < 9; turn++) await page.keyboard.press("PageDown");
    await page.getByRole("button", { name: "▸ L2 ports (10)" }).click();
    for (const key of ["w", "d", "PageDown", "PageUp", "f"]) await page.keyboard.press(key);
    const box = await page.locator(".compare canvas").boundingBox();
    if (box === null) throw new Error("no canvas");
    await page.mouse.click(box.x + box.width / 2, box.y + 80);
    const [cursor] = await cyclesOf(page);
    // The axis has a hundredth of the longer run as room at its right.
    expect(Math.abs(cursor - (second * 1.01) / 2)).toBeLessThan(second / box.width + 2);
    await page.screenshot({ path: `${pictures}/compare.png` });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a file that is opened here becomes B", async () => {
    const { page, complaints } = await openViewer(browser, fileAddress);
    await page.keyboard.press("7");
    await page.getByText("No run has been kept").waitFor();
    const machine = new Machine({ timingOnly: true });
    machine.startTrace();
    tiledMatmul(machine, { m: 64, n: 64, k: 64 });
    const trace = Buffer.concat([...traceFile(recordingOf(machine), "kputrace")]);
    const open = (name: string, buffer: Buffer): Promise<void> =>
      page.locator("#open-file").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await open("run.kputrace", trace);
    await page.getByRole("img", { name: "Timelines of two runs", exact: false }).waitFor();
    await page.locator(".compare .caption", { hasText: "B run.kputrace: 4 696 cycles" }).waitFor();
    await open("other.yaml", Buffer.from(configToText(presets.minimal, "yaml")));
    await page.locator(".compare .caption", { hasText: "B other.yaml" }).waitFor();
    await page.getByRole("button", { name: "Keep this run as A" }).click();
    await page.getByText("A is the run that is shown").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });
});

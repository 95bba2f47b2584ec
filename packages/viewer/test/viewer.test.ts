import { mkdirSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Machine, recordingOf, tiledMatmul, traceFile } from "kpu-sim";
import type { Browser, Page } from "playwright-core";
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

const transferTitle = "One transfer: 1024 bytes in 145 cycles";

/** Chooses the transfer among the examples. */
async function loadTransfer(page: Page): Promise<void> {
  await page.locator(".picker select").selectOption(transferTitle);
  await page.locator("#latest").filter({ hasText: /^145$/ }).waitFor();
}

describe.skipIf(browserFile === undefined)("the viewer in a browser", () => {
  let browser: Browser;
  let server: Server;
  let address = "";
  const fileAddress = pathToFileURL(viewerFile).href;

  beforeAll(async () => {
    buildViewer();
    mkdirSync(pictures, { recursive: true });
    browser = await startBrowser();
    server = createServer((_, response) => {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(readFileSync(viewerFile));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    address = typeof bound === "object" && bound !== null ? `http://127.0.0.1:${bound.port}/` : "";
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    removeViewer();
    server?.close();
  });

  test("is one file of at most 1 MB", () => {
    expect(statSync(viewerFile).size).toBeLessThan(1_000_000);
  });

  test.each(["file", "http"])("simulates the transfer in 145 cycles, over %s", async (kind) => {
    const { page, complaints } = await openViewer(browser, kind === "file" ? fileAddress : address);
    await loadTransfer(page);
    expect(await cyclesOf(page)).toEqual([0, 145]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("steps, steps back, scrubs", async () => {
    const { page } = await openViewer(browser, fileAddress);
    await loadTransfer(page);
    await page.click("#step");
    expect(await cyclesOf(page)).toEqual([1, 145]);
    await page.click("#step-event");
    expect(await cyclesOf(page)).toEqual([145, 145]);
    await page.click("#step-back");
    expect(await cyclesOf(page)).toEqual([144, 145]);
    await page.locator("input.scrub").fill("70");
    expect(await cyclesOf(page)).toEqual([70, 145]);
    await page.getByRole("heading", { name: "At cycle 70: 1 busy" }).waitFor();
    await page.locator("li.busy", { hasText: "external bank 0 to scratchpad 0, 1024 B, cycle 0 to 145" }).waitFor();
    await page.close();
  });

  test("shows a trace file, and refuses others without losing the run", async () => {
    const { page, complaints } = await openViewer(browser, fileAddress);
    const machine = new Machine({ timingOnly: true });
    machine.startTrace();
    tiledMatmul(machine, { m: 64, n: 64, k: 64 });
    const trace = Buffer.concat([...traceFile(recordingOf(machine), "kputrace")]);
    const open = (name: string, buffer: Buffer): Promise<void> =>
      page.locator("#open-file").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await open("run.kputrace", trace);
    await page
      .locator("#latest")
      .filter({ hasText: /^4\s696$/ })
      .waitFor();
    await open("damaged.kputrace", trace.subarray(0, trace.length - 7));
    await page.getByRole("alert").filter({ hasText: "offset" }).waitFor();
    await open("<img src=x onerror=alert(1)>.png", trace);
    await page.getByRole("alert").filter({ hasText: "<img src=x onerror=alert(1)>.png cannot be opened" }).waitFor();
    await page.click("#end");
    expect(await cyclesOf(page)).toEqual([4696, 4696]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("colours the timeline by kind of work", async () => {
    const { page, complaints } = await openViewer(browser, fileAddress);
    await page.getByLabel("Colours").selectOption("kind");
    await page.locator(".legend .kind", { hasText: "product" }).waitFor();
    expect(await page.locator(".legend .kind").count()).toBeGreaterThan(5);
    await loadTransfer(page);
    await page.locator(".legend .kind", { hasText: "external to L1" }).waitFor();
    expect(await page.locator(".legend .kind").count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("keeps run, view and cycle in the address", async () => {
    const { page } = await openViewer(browser, fileAddress);
    await loadTransfer(page);
    await page.keyboard.press("4");
    await page.locator("input.scrub").fill("70");
    await page.waitForFunction(() => location.hash.includes("cycle=70"));
    const there = page.url();
    await page.close();
    const { page: again } = await openViewer(browser, there);
    await again.locator("#cursor").filter({ hasText: /^70$/ }).waitFor();
    expect(await cyclesOf(again)).toEqual([70, 145]);
    expect(await again.getByRole("tab", { name: "Figures" }).getAttribute("aria-selected")).toBe("true");
    await again.close();
    const { page: wrong } = await openViewer(browser, `${fileAddress}#run={`);
    await wrong.getByRole("alert").filter({ hasText: "names no run" }).waitFor();
    await wrong.close();
  });

  test("shows what was validated", async () => {
    const { page, complaints } = await openViewer(browser, fileAddress);
    await page.keyboard.press("8");
    await page.getByText("published figures beside ours").waitFor();
    const sections = page.locator(".validation details");
    const count = await sections.count();
    expect(count).toBeGreaterThan(4);
    await page.locator(".validation summary").first().click();
    await page.getByRole("rowheader", { name: /^Verilog 4 x 4, K = 4/ }).waitFor();
    await page.getByLabel("Only those that differ").check();
    await page.getByRole("rowheader", { name: /^Verilog 4 x 4, K = 4/ }).waitFor({ state: "detached" });
    expect(await sections.count()).toBeLessThan(count);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("shows the roofline of a product", async () => {
    const { page, complaints } = await openViewer(browser, fileAddress);
    await page.keyboard.press("5");
    await page.locator(".roofline circle").first().waitFor();
    expect(await page.locator(".roofline tbody tr").count()).toBe(5);
    await page.screenshot({ path: `${pictures}/roofline.png` });
    await page.getByRole("button", { name: /^Mark on the timeline when .*external.* was in use$/ }).click();
    await page.getByRole("tab", { name: "Timeline", selected: true }).waitFor();
    // The first thing that the product does is to read an external bank, the last to write one.
    await page
      .locator(".sums caption")
      .filter({ hasText: /^Cycles 0 to / })
      .waitFor();
    await page.keyboard.press("5");
    await loadTransfer(page);
    await page.getByText("other runs have none").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("plays a run to its end", async () => {
    const { page, complaints } = await openViewer(browser, fileAddress);
    await loadTransfer(page);
    await page.getByLabel("Speed").selectOption("4");
    await page.click("#play");
    await page.locator("#cursor").filter({ hasText: /^145$/ }).waitFor();
    await page.locator("#play", { hasText: "Run" }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("shows what a memory holds at the cursor, as bytes and as numbers, with changes marked", async () => {
    const { page, complaints } = await openViewer(browser, fileAddress);
    await loadTransfer(page);
    await page.getByRole("tab", { name: "Memory" }).click();
    await page.getByText("1 pieces of work wrote into it from cycle 0 to 145").waitFor();
    const firstRow = page.locator(".bytes tr").first();
    await page.click("#start");
    const cells = () => firstRow.locator("td").allInnerTexts();
    await expect.poll(async () => (await cells()).slice(0, 4)).toEqual(["00", "00", "00", "00"]);
    expect(await page.locator(".bytes td.changed").count()).toBe(0);
    await page.click("#end");
    await expect.poll(async () => (await cells()).slice(0, 4)).toEqual(["00", "01", "02", "03"]);
    expect(await firstRow.locator("td.changed").count()).toBe(15);
    await page.locator(".bytes select").selectOption("int8");
    expect((await cells()).slice(0, 4)).toEqual(["0", "1", "2", "3"]);
    await page.getByRole("button", { name: "Page down" }).click();
    await page.locator(".bytes th").first().filter({ hasText: "0x180100180" }).waitFor();
    await page.screenshot({ path: `${pictures}/memory.png` });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("simulates what was edited and shows the difference", async () => {
    const { page, complaints } = await openViewer(browser, fileAddress);
    await loadTransfer(page);
    await page.getByRole("tab", { name: "What if" }).click();
    await page.locator("[name=bytes]").fill("2048");
    await page.getByRole("button", { name: "Simulate", exact: true }).click();
    const row = page.locator(".difference tr", { hasText: /^cycle/ });
    await row.waitFor();
    // 135 cycles of latency and 21 beats instead of 11.
    expect(await row.locator("td").allInnerTexts()).toEqual(["145 cycle", "155 cycle", "+6.9 %"]);
    await page.screenshot({ path: `${pictures}/what-if.png` });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("says what is wrong with a machine that cannot be, and keeps the run", async () => {
    const { page, complaints } = await openViewer(browser, fileAddress);
    await loadTransfer(page);
    await page.getByRole("tab", { name: "What if" }).click();
    await page.locator("[name=l2_bank_count]").fill("99999999");
    await page.getByRole("button", { name: "Simulate", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: "l2_bank_count" }).waitFor();
    expect(await cyclesOf(page)).toEqual([0, 145]);
    await page.click("#step");
    expect(await cyclesOf(page)).toEqual([1, 145]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("works with the keyboard alone", async () => {
    const { page, complaints } = await openViewer(browser, fileAddress);
    await page.keyboard.press("Control+k");
    await page.keyboard.type("one transfer");
    await page.keyboard.press("Enter");
    await page.locator("#latest").filter({ hasText: /^145$/ }).waitFor();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Shift+ArrowRight");
    expect(await cyclesOf(page)).toEqual([145, 145]);
    await page.keyboard.press("Home");
    expect(await cyclesOf(page)).toEqual([0, 145]);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "hidden" });
    await page.keyboard.press("Control+Shift+P");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type("memory");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "Memory", selected: true }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each(["light", "dark"] as const)("has nothing that an accessibility check finds, %s", async (scheme) => {
    const { page, complaints } = await openViewer(browser, fileAddress, scheme);
    const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    await page.locator("input.scrub").fill("20000");
    await page.addScriptTag({ content: source });
    for (const tab of ["Timeline", "Memory", "What if", "Figures", "Roofline", "Array", "Compare", "Validation"]) {
      await page.getByRole("tab", { name: tab }).click();
      await waitForEnd(page);
      const found: unknown = await page.evaluate(
        "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))",
      );
      expect(found, tab).toEqual([]);
      await page.screenshot({ path: `${pictures}/${scheme}-${tab.toLowerCase().replace(" ", "-")}.png` });
    }
    expect(complaints).toEqual([]);
    await page.close();
  });
});

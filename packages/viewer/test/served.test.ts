import { readFileSync } from "node:fs";
import { configToText, Machine, presets, recordingOf, tiledMatmul, traceFile } from "kpu-sim";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PageServer, servePage } from "../../cli/src/view/page-server.ts";
import { browserFile, buildViewer, cyclesOf, openViewer, removeViewer, startBrowser, viewerFile } from "./browser.ts";

describe.skipIf(browserFile === undefined)("the page as kpu view serves it", () => {
  let browser: Browser;
  const servers: PageServer[] = [];

  beforeAll(async () => {
    buildViewer();
    browser = await startBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) await server.close();
    removeViewer();
  });

  async function served(file: Uint8Array): Promise<string> {
    const server = await servePage({ page: readFileSync(viewerFile), file }, 0);
    servers.push(server);
    return server.address;
  }

  test("opens a trace", async () => {
    const machine = new Machine({ timingOnly: true });
    machine.startTrace();
    const { report } = tiledMatmul(machine, { m: 64, n: 64, k: 64 });
    const file = Buffer.concat([...traceFile(recordingOf(machine), "kputrace")]);
    const { page, complaints } = await openViewer(browser, `${await served(file)}#file=run.kputrace`);
    await page.locator(".picker option:checked", { hasText: "run.kputrace" }).waitFor({ state: "attached" });
    await expect.poll(async () => (await cyclesOf(page))[1]).toBe(report.cycles);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("opens a machine, which does what the first example does", async () => {
    const file = new TextEncoder().encode(configToText(presets.minimal, "yaml"));
    const { page } = await openViewer(browser, `${await served(file)}#file=small.yaml`);
    await page.locator(".picker option:checked", { hasText: "small.yaml" }).waitFor({ state: "attached" });
    await page.close();
  });

  test("runs a workload and tells what it expects", async () => {
    const file = readFileSync(new URL("../../../examples/workloads/double_buffer.yaml", import.meta.url));
    const { page, complaints } = await openViewer(browser, `${await served(file)}#file=double_buffer.yaml`);
    await page.locator(".picker option:checked", { hasText: "Double buffering" }).waitFor({ state: "attached" });
    await page.keyboard.press("4");
    await page.getByText("✓ C equals A x B").waitFor();
    await expect.poll(async () => (await cyclesOf(page))[1]).toBe(3399);
    await page.waitForFunction(() => location.hash.includes("run="));
    const again = await openViewer(browser, page.url());
    await expect.poll(async () => (await cyclesOf(again.page))[1]).toBe(3399);
    expect([...complaints, ...again.complaints]).toEqual([]);
    await page.close();
    await again.page.close();
  });

  test("changes the machine of a workload", async () => {
    const file = readFileSync(new URL("../../../examples/workloads/seed_transfer.yaml", import.meta.url));
    const { page, complaints } = await openViewer(browser, `${await served(file)}#file=seed_transfer.yaml`);
    await page.locator(".picker option:checked", { hasText: "One transfer" }).waitFor({ state: "attached" });
    await expect.poll(async () => (await cyclesOf(page))[1]).toBe(145);
    await page.keyboard.press("3");
    await page.getByText("The program is that of the workload file.").waitFor();
    const bandwidth = page.locator('input[name="dma_bandwidth_gbps"]');
    await page.locator("details", { has: bandwidth }).locator("summary").click();
    await bandwidth.fill("1");
    await page.getByRole("button", { name: "Simulate", exact: true }).click();
    await page
      .locator("#latest")
      .filter({ hasText: /^1\s158$/ })
      .waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("says what is wrong with a file, and stays alive", async () => {
    const { page } = await openViewer(browser, `${await served(Uint8Array.of(1, 2, 3))}#file=run.kputrace`);
    await page.getByRole("alert").waitFor();
    await page.locator("#latest").filter({ hasText: /[1-9]/ }).waitFor();
    await page.close();
  });
});

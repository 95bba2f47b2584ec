import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserFile, startBrowser } from "./browser.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "kpu-playground-"));
const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".zip": "application/zip",
};

describe.skipIf(browserFile === undefined)("Python in a page", () => {
  let browser: Browser;
  let server: Server;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    execFileSync("node", ["tools/bundle-engine.mjs"], { cwd: root, stdio: "pipe" });
    execFileSync("node", ["tools/build-playground.mjs", folder], { cwd: root, stdio: "pipe" });
    server = createServer((request, response) => {
      const path = normalize(request.url === "/" ? "/index.html" : (request.url ?? "/")).replace(/^(\.\.[/\\])+/, "");
      try {
        const content = readFileSync(join(folder, path));
        response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(content);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    browser = await startBrowser();
    page = await browser.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    await page.goto(`http://127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}/`);
    await page.locator("#run:enabled").waitFor();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true });
  });

  /** Replaces the script and runs it; what it prints. */
  async function run(script: string): Promise<string> {
    await page.locator(".cm-content").fill(script);
    await page.keyboard.press("Control+Enter");
    await page.locator("#status", { hasText: /^(Done|Ended)/ }).waitFor();
    return (await page.locator("#results pre").allTextContents()).join("");
  }

  test("runs the first script as it is", async () => {
    await page.click("#run");
    await page.locator("#status", { hasText: "Done" }).waitFor();
    const printed = (await page.locator("#results pre.out").allTextContents()).join("");
    const expected = readFileSync(join(root, "test/e2e/test_dma.expected.txt"), "utf8");
    const comparable = (text: string): string => text.replaceAll(/\d+\.\d+ ms/g, "- ms").trim();
    expect(comparable(printed)).toBe(comparable(expected));
  });

  test("shows tracebacks, and goes on", async () => {
    expect(await run("import stillwater_kpu as kpu\nkpu.KPUSimulator().read_scratchpad(99, 0, 1)")).toContain(
      "IndexError",
    );
    expect(await run("print(6 * 7)")).toBe("42\n");
    expect(await run("6 * 7")).toBe("42\n");
  });

  test("shows what notebooks show, in a frame of its own, and text only as text", async () => {
    await run("import stillwater_kpu as kpu\nkpu.KPUSimulator()");
    const frame = page.locator("#results iframe");
    expect(await frame.getAttribute("sandbox")).toBe("allow-scripts allow-downloads");
    await page.frameLocator("#results iframe").locator("svg").first().waitFor();
    expect(await run("print('<img src=x onerror=alert(1)>')")).toBe("<img src=x onerror=alert(1)>\n");
    expect(await page.locator("#results img").count()).toBe(0);
  });

  test("stops a script that does not end, and starts anew", async () => {
    await page.locator(".cm-content").fill("while True: pass");
    await page.keyboard.press("Control+Enter");
    await page.click("#stop");
    await page.locator("#run:enabled").waitFor();
    expect(await run("print('again')")).toBe("again\n");
  });

  test("offers the examples, all of which run", async () => {
    const names = await page.locator("#examples option").allTextContents();
    expect(names).toContain("two_layer_network.py");
    await page.selectOption("#examples", "double_buffering.py");
    await page.click("#run");
    await page.locator("#status", { hasText: "Done" }).waitFor();
    expect(complaints).toEqual([]);
  });
});

// Takes the pictures of docs/viewer.md out of the built viewer: npm run build:viewer && node packages/viewer/test/pictures.mjs
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = new URL("../../..", import.meta.url);
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
if (executablePath === undefined) throw new Error("no chromium on this machine");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
await page.goto(new URL("packages/viewer/dist/index.html", root).href);
await page
  .locator("output.cycle")
  .filter({ hasText: /of [1-9]/ })
  .filter({ hasNotText: "so far" })
  .waitFor();
await page.locator("input.scrub").fill("23800");

/** @type {(name: string, tab: string) => Promise<void>} */
const picture = async (name, tab) => {
  await page.getByRole("tab", { name: tab }).click();
  await page.waitForTimeout(1000);
  await page.screenshot({ path: fileURLToPath(new URL(`docs/images/viewer-${name}.png`, root)) });
};
await picture("timeline", "Timeline");
await picture("memory", "Memory");
await picture("figures", "Figures");
await picture("roofline", "Roofline");
await picture("array", "Array");
await page.getByRole("tab", { name: "What if" }).click();
await page.locator("[name=memory_bandwidth_gbps]").fill("50");
await page.getByRole("button", { name: "Simulate", exact: true }).click();
await page.locator(".difference").waitFor();
await picture("what-if", "What if");
await picture("compare", "Compare");
await browser.close();

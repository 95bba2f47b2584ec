// What pages with the viewer show in Chromium, as JSON: node test/e2e/shown_page.mjs CHROMIUM PAGE... (HTML files)
// For each, once its run has been simulated: which run, its last cycle, messages, and all that the browser complained about.
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath = "", ...files] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const shown = [];
for (const file of files) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (/^https?:/.test(request.url())) complaints.push(`asks for ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  const isFramed = (await page.locator("iframe").count()) > 0;
  const viewer = isFramed ? page.frameLocator("iframe") : page.mainFrame();
  const picked = viewer.locator(".picker option:checked");
  // The first example comes before the file.
  await Promise.race([
    viewer.getByRole("alert").waitFor(),
    picked.filter({ hasText: /\.(kputrace|json)$/ }).waitFor({ state: "attached" }),
  ]);
  await viewer
    .locator("output.cycle")
    .filter({ hasText: /of [1-9]/ })
    .filter({ hasNotText: "so far" })
    .waitFor();
  await viewer.locator("#end").click();
  shown.push({
    run: await picked.textContent(),
    latest: Number(((await viewer.locator("#latest").textContent()) ?? "").replaceAll(/\D/g, "")),
    machine: await viewer.getByRole("region", { name: "Machine" }).textContent(),
    alerts: await viewer.getByRole("alert").allInnerTexts(),
    height: isFramed ? (await page.locator("iframe").boundingBox())?.height : undefined,
    marks: await page.evaluate(() => document.title),
    complaints,
  });
  await page.close();
}
await browser.close();
console.log(JSON.stringify(shown));

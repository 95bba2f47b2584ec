import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** Each file of tests builds a viewer of its own: several of them may run at once. */
const folder = join(tmpdir(), `kpu-viewer-${randomUUID()}`);
export const viewerFile: string = join(folder, "index.html");
/** Pictures that the tests take, for people to look at. */
export const pictures: string = `${root}packages/viewer/dist/pictures`;
export const browserFile: string | undefined = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((file) => existsSync(file));

export function buildViewer(): void {
  const out = ["--outDir", folder, "--emptyOutDir"];
  execFileSync("npx", ["vite", "build", ...out], { cwd: join(root, "packages/viewer"), stdio: "pipe" });
}

export function removeViewer(): void {
  rmSync(folder, { recursive: true, force: true });
}

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserFile ?? "", args: ["--no-sandbox", "--disable-gpu"] });
}

/** A page with the viewer in it, whose first run has ended, and all that it complained about. */
export async function openViewer(
  browser: Browser,
  address: string,
  colorScheme: "light" | "dark" = "light",
): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme });
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("requestfailed", (request) => complaints.push(`request ${request.url()} failed`));
  await page.goto(address);
  await waitForEnd(page);
  return { page, complaints };
}

/** Until the run that is shown has been simulated. */
export async function waitForEnd(page: Page): Promise<void> {
  await page
    .locator("output.cycle")
    .filter({ hasText: /of [1-9]/ })
    .filter({ hasNotText: "so far" })
    .waitFor();
}

/** The cycle at which the page stands, and the last one. */
export async function cyclesOf(page: Page): Promise<readonly [number, number]> {
  const numberOf = async (id: string): Promise<number> =>
    Number(((await page.locator(id).textContent()) ?? "").replaceAll(/\D/g, ""));
  return [await numberOf("#cursor"), await numberOf("#latest")];
}

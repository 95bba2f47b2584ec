import { spawn } from "node:child_process";

/** Programs that open an address in the user's browser. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [command: string, ...words: readonly string[]]>>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Opens an address in the user's browser; where there is none, nothing happens, and the user has the address. */
export function openBrowser(address: string): void {
  const [command, ...words] = openers[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...words, address], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}

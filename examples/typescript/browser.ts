// The same machine in a page; browser.html shows the result.
import { Machine, selfTest } from "kpu-sim";

type Page = { readonly getElementById: (id: string) => { textContent: string | null } | null };
declare const document: Page;

const machine = new Machine();
machine.external(0).writeFloat32(0, [1, 2, 3]);
machine.dma(0).transfer({ source: machine.external(0).base, destination: machine.scratchpad(0).base, bytes: 1024 });
machine.runUntilIdle();

const { passed, checks } = selfTest({});
const output = document.getElementById("output");
if (output !== null) {
  output.textContent = [
    `1024 bytes arrived at cycle ${machine.cycle}: ${[...machine.scratchpad(0).readFloat32(0, 3)].join(", ")}`,
    `self-test: ${checks.length} checks, ${passed ? "all passed" : "FAILED"}`,
    machine.componentStatusText(),
  ].join("\n");
}

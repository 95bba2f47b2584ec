import type { RunState } from "../state/run-state.ts";
import { openedFile } from "../workload/opened-file.ts";

/** Where a server that was started with a file serves it, beside the page. */
const servedFile = "served-file";

/**
 * Shows a file: a trace, or a machine that is to do what the present one does. What is wrong with it is told on the page. `before`
 * runs before the present run gives way.
 */
export async function openFile(state: RunState, file: File, before?: () => void): Promise<void> {
  try {
    const opened = await openedFile(file, state.run()?.request.program);
    before?.();
    if (opened.kind === "trace") state.openTrace(opened.name, opened.bytes);
    else state.load(opened.request);
  } catch (error) {
    state.tell(error instanceof Error ? error.message : String(error));
  }
}

/** Shows the file that the page was started with. The name is what the address says; the bytes come from the page's own server only. */
export async function openServedFile(state: RunState, name: string): Promise<void> {
  try {
    const answer = await fetch(servedFile, { redirect: "error", credentials: "omit" });
    if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
    await openFile(state, new File([await answer.arrayBuffer()], name));
  } catch (error) {
    state.tell(`${name} cannot be opened: ${error instanceof Error ? error.message : String(error)}`);
  }
}

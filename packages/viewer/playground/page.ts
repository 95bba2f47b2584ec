import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, defaultHighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import type { Example, FromPython } from "./messages.ts";

/** Characters that a run may print; what comes after is left out. */
const mostPrinted = 1_000_000;

function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${id}`);
}

const [runButton, stopButton] = [element("run", HTMLButtonElement), element("stop", HTMLButtonElement)];
const [picker, status] = [element("examples", HTMLSelectElement), element("status", HTMLOutputElement)];
const results = element("results", HTMLElement);

let worker = startWorker();
let run = 0;
let printed = 0;
let isRunning = false;

const editor = new EditorView({
  parent: element("editor", HTMLElement),
  state: EditorState.create({
    extensions: [
      lineNumbers(),
      history(),
      drawSelection(),
      highlightActiveLine(),
      bracketMatching(),
      indentUnit.of("    "),
      python(),
      syntaxHighlighting(defaultHighlightStyle),
      EditorView.contentAttributes.of({ "aria-label": "Python script" }),
      keymap.of([
        { key: "Mod-Enter", run: runScript, preventDefault: true },
        ...defaultKeymap,
        ...historyKeymap,
        indentWithTab,
      ]),
    ],
  }),
});

/** A worker with a Python that starts. */
function startWorker(): Worker {
  const made = new Worker("python-worker.js", { type: "module" });
  made.addEventListener("message", ({ data }: MessageEvent<FromPython>) => receive(data));
  made.addEventListener("error", (event) => say(`Python cannot start: ${event.message}`));
  return made;
}

function say(text: string): void {
  status.value = text;
}

function receive(message: FromPython): void {
  switch (message.kind) {
    case "ready":
      runButton.disabled = false;
      say(`Python ${message.version}`);
      break;
    case "broken":
      say(`Python cannot start: ${message.message}`);
      break;
    case "printed":
      if (message.run === run) print(message.text, message.isError);
      break;
    case "picture":
      if (message.run === run) showPicture(message.html);
      break;
    case "done":
      if (message.run !== run) return;
      setRunning(false);
      say(message.isGood ? "Done" : "Ended with an error");
  }
}

/** Output is text, never HTML. */
function print(text: string, isError: boolean): void {
  if (printed >= mostPrinted) return;
  printed += text.length;
  const kind = isError ? "fault" : "out";
  let block = results.lastElementChild;
  if (block?.className !== kind) {
    block = document.createElement("pre");
    block.className = kind;
    results.append(block);
  }
  block.append(printed >= mostPrinted ? `${text}\n(further output is left out)\n` : text);
}

/** What a script's last line gives, in a frame without this page's origin. */
function showPicture(html: string): void {
  const frame = document.createElement("iframe");
  frame.title = "Result";
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  frame.srcdoc = html;
  results.append(frame);
}

function runScript(): boolean {
  if (isRunning || runButton.disabled) return true;
  run++;
  printed = 0;
  results.replaceChildren();
  setRunning(true);
  say("Running");
  worker.postMessage({ kind: "run", run, script: editor.state.doc.toString() });
  return true;
}

function setRunning(now: boolean): void {
  isRunning = now;
  runButton.disabled = now;
  stopButton.disabled = !now;
}

/** A script cannot be asked to stop, so its Python ends, and another one starts. */
function stop(): void {
  worker.terminate();
  run++;
  setRunning(false);
  runButton.disabled = true;
  say("Stopped; Python is starting anew");
  worker = startWorker();
}

async function loadExamples(): Promise<void> {
  const answer = await fetch("examples.json");
  const examples: readonly Example[] = await answer.json();
  picker.append(...examples.map(({ name }) => new Option(name)));
  const show = (): void => {
    const { script = "" } = examples[picker.selectedIndex] ?? {};
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: script } });
  };
  picker.addEventListener("change", show);
  show();
}

runButton.addEventListener("click", runScript);
stopButton.addEventListener("click", stop);
loadExamples().catch((error: unknown) => say(`The examples cannot be read: ${String(error)}`));

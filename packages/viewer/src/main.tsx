import { render } from "solid-js/web";
import { workerPort } from "./engine/worker-port.ts";
import { placeOf } from "./shell/address.ts";
import { App } from "./shell/app.tsx";
import { openEmbeddedFile } from "./shell/embedded-file.ts";
import { openServedFile } from "./shell/open-file.ts";
import "./styles.css";
import { RunState } from "./state/run-state.ts";
import { examples } from "./workload/examples.ts";

const page = document.getElementById("page");
if (page === null) throw new Error("the page has no place for the application");
const state = new RunState(workerPort());
const start = placeOf(location.hash);
const request = start.request ?? examples[0];
if (request !== undefined) state.load(request);
if (start.file !== undefined && location.protocol.startsWith("http")) void openServedFile(state, start.file);
void openEmbeddedFile(state);
render(() => <App state={state} start={start} />, page);

import { render } from "solid-js/web";
import { workerPort } from "./engine/worker-port.ts";
import { App } from "./shell/app.tsx";
import "./styles.css";
import { RunState } from "./state/run-state.ts";
import { examples } from "./workload/examples.ts";

const page = document.getElementById("page");
if (page === null) throw new Error("the page has no place for the application");
const state = new RunState(workerPort());
const [first] = examples;
if (first !== undefined) state.load(first);
render(() => <App state={state} />, page);

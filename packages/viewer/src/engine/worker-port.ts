import type { EnginePort } from "../state/run-state.ts";
import type { ToPage } from "./protocol.ts";
import EngineWorker from "./worker.ts?worker&inline";

/** The engine in a worker of its own, so that the page stays alive while it simulates. */
export function workerPort(): EnginePort {
  const worker = new EngineWorker();
  return {
    post: (message) => worker.postMessage(message),
    listen: (receive) => {
      worker.addEventListener("message", ({ data }: MessageEvent<ToPage>) => receive(data));
    },
  };
}

import { version } from "@kpu-sim/machine";
import { descriptorPipe, PipeClosed } from "./pipe.ts";
import { ProtocolError, protocolVersion } from "./protocol.ts";
import { Server } from "./server.ts";

const oldestNode = 20;
const exitCodes = { ok: 0, protocol: 3, oldNode: 4 } as const;

/** Entry of the engine process that the Python modules start: standard input and output are the wire. */
function main(): number {
  const major = Number.parseInt(process.versions.node, 10);
  if (major < oldestNode) {
    console.error(`this engine needs Node.js ${oldestNode} or newer; ${process.execPath} is ${process.version}`);
    return exitCodes.oldNode;
  }
  // Nothing but frames may go to standard output.
  console.log = console.error;
  console.info = console.error;
  const server = new Server(descriptorPipe(0, 1));
  try {
    server.greet({ protocol: protocolVersion, version, node: process.version });
    server.serve();
  } catch (error) {
    if (error instanceof PipeClosed) return exitCodes.ok;
    if (!(error instanceof ProtocolError)) throw error;
    console.error(`KPU engine: ${error.message}`);
    return exitCodes.protocol;
  }
  return exitCodes.ok;
}

process.exit(main());

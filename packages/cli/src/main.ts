#!/usr/bin/env node
import { runCommandLine } from "./program.ts";
import { processTerminal } from "./terminal/terminal.ts";

// A reader that has seen enough closes the pipe (`kpu ... | head`): that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
runCommandLine(process.argv.slice(2), processTerminal).then((code) => {
  process.exitCode = code;
});

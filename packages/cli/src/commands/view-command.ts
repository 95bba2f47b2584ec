import { basename } from "node:path";
import type { Command } from "commander";
import type { MachineConfig, TiledMatmulRequest } from "kpu-sim";
import { machineOf } from "../machine-options.ts";
import { requestOf } from "../run/product-run.ts";
import { addProductOptions, type RunOptions } from "../run/run-options.ts";
import { Interrupted } from "../run/simulate.ts";
import { bytesOf } from "../terminal/files.ts";
import { type Terminal, UsageError } from "../terminal/terminal.ts";
import { openBrowser } from "../view/open-browser.ts";
import { type PageServer, servePage } from "../view/page-server.ts";

type ViewOptions = RunOptions & { readonly port: string; readonly open: boolean };

const mostFileBytes = 512 * 2 ** 20;
const mostPageBytes = 64 * 2 ** 20;
const mostPort = 65_535;
/** What the page can open. */
const viewable = /\.(?:kputrace|ya?ml|json)$/i;

export function addViewCommand(program: Command, terminal: Terminal): void {
  addProductOptions(program.command("view"))
    .description("show a run in the browser: a trace, a workload, a machine, or a product that runs in the page")
    .argument("[file]", "a trace (.kputrace), a workload or a machine's configuration (.yaml, .json)")
    .option("--port <number>", "port on this machine; any free one if left out", "0")
    .option("--no-open", "only say where the page is")
    .addHelpText(
      "after",
      `
Examples:
  kpu view                                    the first page, with examples to play
  kpu view run.kputrace                       a trace that kpu run --trace wrote
  kpu view workload.yaml
  kpu view -m 256 --preset edge_ai            a product on a machine, simulated in the page

The page is served to this machine only, nothing leaves it. Ctrl-C ends the server.`,
    )
    .action(async (file: string | undefined, options: ViewOptions) => {
      const server = await startView(file, options, terminal);
      try {
        await interruption();
      } finally {
        await server.close();
      }
      throw new Interrupted("the page is not served any more");
    });
}

/** Starts to serve; errors: UsageError for a page that was not built, a file that cannot be shown, a port that cannot be used. */
async function startView(file: string | undefined, options: ViewOptions, terminal: Terminal): Promise<PageServer> {
  const { pagePath } = terminal;
  if (pagePath === undefined)
    throw new UsageError("the viewer's page is not there: build it with npm run build:viewer");
  if (file !== undefined && !viewable.test(file)) {
    throw new UsageError(`${file} cannot be shown: the page opens .kputrace, .yaml, .yml and .json`);
  }
  const place = placeOf(file, options);
  const served = {
    page: bytesOf(pagePath, mostPageBytes),
    file: file === undefined ? undefined : bytesOf(file, mostFileBytes),
  };
  const server = await servePage(served, portOf(options.port));
  const address = `${server.address}${place}`;
  terminal.out(`${address}\n`);
  terminal.err("Ctrl-C ends it\n");
  if (options.open) openBrowser(address);
  return server;
}

/** The part of the address that says what the page shows. */
function placeOf(file: string | undefined, options: ViewOptions): string {
  const { matmul, preset, config, set } = options;
  const isRun = [matmul, preset, config, set].some((option) => option !== undefined);
  if (file !== undefined) {
    if (isRun) throw new UsageError("give a file or the options of a run, not both");
    return `#${new URLSearchParams({ file: basename(file) })}`;
  }
  if (!isRun) return "";
  const request = requestOf({ ...options, matmul: matmul ?? "192" });
  return `#${new URLSearchParams({ run: JSON.stringify(runOf(machineOf(options).config, request)) })}`;
}

/** A run in the words of the page. */
function runOf(config: MachineConfig, request: TiledMatmulRequest): unknown {
  const { m, n, k } = request;
  return { title: `Matrix product ${m} x ${n} x ${k}`, config, program: { kind: "matmul", request } };
}

function portOf(text: string): number {
  const port = Number(text);
  if (text.trim() !== "" && Number.isInteger(port) && port >= 0 && port <= mostPort) return port;
  throw new UsageError(`--port is a whole number from 0 to ${mostPort}, got '${text}'`);
}

/** Ends when the user presses Ctrl-C. */
function interruption(): Promise<void> {
  return new Promise((resolve) => process.once("SIGINT", () => resolve()));
}

// What on-chip networks cost: tiled products on presets, times only, without a network and with several. Prints JSON. Run after `npm ci`:
//   npx esbuild bench/interconnect.ts --bundle --platform=node --format=esm --conditions=source,browser | node --input-type=module
import { cpus } from "node:os";
import { Machine, type MachineConfig, presetNamed, TiledMatmul } from "kpu-sim";

type Result = Readonly<Record<string, number | string>>;

/** CPU seconds, jumps over repetitions included, and simulated cycles. */
function product(name: string, preset: string, size: number, network: MachineConfig["network"]): Result {
  const machine = new Machine({ ...presetNamed(preset).config, network, timingOnly: true, hazardPolicy: "off" });
  const start = process.cpuUsage();
  const { cycles, unitReports } = new TiledMatmul(machine, { m: size, n: size, k: size }).report();
  const { user, system } = process.cpuUsage(start);
  const operations = unitReports.reduce((sum, unit) => sum + unit.operations, 0);
  const links = machine.network?.links() ?? [];
  const busiest = links.reduce((most, { utilization }) => Math.max(most, utilization), 0);
  return { name, size, cpuSeconds: (user + system) / 1e6, operations, cycles, busiestLink: busiest };
}

const results = [
  product("t64", "t64", 1024, { topology: "none" }),
  product("t64, mesh of 8 x 8", "t64", 1024, { topology: "mesh", columns: 8, rows: 8 }),
  product("t64, ring of 64", "t64", 1024, { topology: "ring", columns: 8, rows: 8 }),
  product("datacenter", "datacenter", 1024, { topology: "none" }),
  product("datacenter, mesh of 16 x 16", "datacenter", 1024, { topology: "mesh", columns: 16, rows: 16 }),
];
const [processor] = cpus();
const machine = { processor: processor?.model ?? "", cores: cpus().length, node: process.version };
process.stdout.write(`${JSON.stringify({ machine, results }, undefined, 2)}\n`);

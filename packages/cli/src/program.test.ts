import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  areaOf,
  areaTables,
  configFields,
  energyOf,
  energyTables,
  Machine,
  parseWorkload,
  runWorkload,
  tiledMatmul,
} from "kpu-sim";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runCommandLine } from "./program.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpu-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function kpu(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await runCommandLine(words, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isWatched: false,
    hasColours: false,
  });
  return { code, out, err };
}

/** The path of an example, or of a workload with other contents. */
function workload(name: string, contents?: string): string {
  if (contents === undefined)
    return fileURLToPath(new URL(`../../../examples/workloads/${name}.yaml`, import.meta.url));
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, contents);
  return path;
}

describe("run a workload file", () => {
  test("gives what the library gives", async () => {
    const { code, out } = await kpu("run", workload("double_buffer"), "--json");
    const expected = runWorkload(new Machine(), parseWorkload(readFileSync(workload("double_buffer"), "utf8"), "yaml"));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject(JSON.parse(JSON.stringify(expected)));
  });

  test("shows units, waits and expectations, and writes a trace", async () => {
    const trace = join(folder, "run.csv");
    const { code, out } = await kpu("run", workload("seed_transfer"), "--trace", trace);
    expect([code, out]).toEqual([0, expect.stringContaining("ok      145 cycles")]);
    expect(out).toContain("1 piece of work, 0 hazards");
    expect(readFileSync(trace, "utf8").trim().split("\n").length).toBe(2);
  });

  test("runs on another machine, and for times only", async () => {
    const cycles = async (...words: readonly string[]): Promise<number> =>
      JSON.parse((await kpu("run", workload("double_buffer"), "--json", ...words)).out).cycles;
    expect(await cycles("--no-values")).toBe(await cycles());
    expect(await cycles("--set", "memory_latency_cycles=500")).toBeGreaterThan(await cycles());
    expect(await cycles("--preset", "edge_ai")).not.toBe(await cycles());
    const { out } = await kpu("run", workload("gather"), "--no-values");
    expect(out).toContain("-       rows holds the given values: not looked at: times only");
  });

  test("ends with 1 where something expected does not hold, after the report", async () => {
    const { code, out, err } = await kpu(
      "run",
      workload("w", readFileSync(workload("seed_transfer"), "utf8").replace("145", "144")),
    );
    expect([code, err]).toEqual([1, "kpu: the workload did not give what it expects\n"]);
    expect(out).toContain("NOT MET 144 cycles: 145 cycles (line 16)");
  });

  test("a deadlock ends with 1 and says who waits", async () => {
    const { code, err } = await kpu("run", workload("deadlock"));
    expect([code, err]).toEqual([1, expect.stringContaining("dma 0 (work 0) waits for semaphore 'second_done'")]);
  });

  test("refuses other files, wrong ones with all lines, and options of products", async () => {
    const wrong = workload("w", "kind: kpu-workload\nversion: 2\nprogram: [{}]");
    expect(await kpu("run", wrong)).toMatchObject({
      code: 1,
      err: expect.stringContaining("line 2, column 1: version must be 1"),
    });
    expect(await kpu("run", workload("m", "clock_ghz: 1"))).toMatchObject({
      code: 2,
      err: expect.stringContaining("is no workload"),
    });
    expect(await kpu("run", join(folder, "none.yaml"))).toMatchObject({ code: 2 });
    expect(await kpu("run", workload("gather"), "-m", "64")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--matmul belongs to tiled"),
    });
    writeFileSync(join(folder, "b.yaml"), Buffer.from([0xff, 0xfe, 0xfd]));
    expect(await kpu("run", join(folder, "b.yaml"))).toMatchObject({
      code: 2,
      err: expect.stringContaining("not valid UTF-8"),
    });
  });
});

describe("energy", () => {
  test("is that of the library, beside the report", async () => {
    const { out } = await kpu("run", "-m", "64", "--energy", "t64", "--json");
    const machine = new Machine({ timingOnly: true });
    tiledMatmul(machine, { m: 64, n: 64, k: 64 });
    expect(JSON.parse(out).energy).toEqual(JSON.parse(JSON.stringify(energyOf(machine, energyTables.t64))));
    const large = JSON.parse((await kpu("run", "-m", "1024", "--energy", "t64", "--json")).out);
    expect(large.energy.multiplyAccumulates).toBe(1024 ** 3);
    expect((await kpu("run", "-m", "64", "--energy", "horowitz_45nm")).out).toMatch(
      /^Energy \(horowitz_45nm\): [\d.]+ uJ/m,
    );
    expect((await kpu("run", workload("int8_layer"), "--energy", "t64")).out).toContain("arrays");
  });

  test.each(["transaction", "cycle"] as const)(
    "of operations adds up at fidelity %s, jumped over and taken back as well",
    (fidelity) => {
      const machine = new Machine({ timingOnly: true, fidelity });
      const start = machine.checkpoint();
      tiledMatmul(machine, { m: 256, n: 256, k: 256 });
      const { operations, dynamicPj } = energyOf(machine, energyTables.t64);
      expect(operations.reduce((all, operation) => all + operation.dynamicPj, 0) / dynamicPj).toBeCloseTo(1, 12);
      expect(operations.filter((operation) => operation.dynamicPj > 0).map(({ operation }) => operation)).toEqual([
        "dma",
        "blockMover",
        "streamer",
        "product",
      ]);
      machine.restore(start);
      expect(energyOf(machine, energyTables.t64).operations.every((operation) => operation.dynamicPj === 0)).toBe(true);
    },
  );

  test("says in what it is, and why DRAM is not accounted for by commands", async () => {
    const run = ["run", "-m", "64", "--set", "fidelity=cycle", "--energy"];
    const ratios = (await kpu(...run, "eyeriss_ratios")).out;
    expect(ratios).toMatch(/^Energy \(eyeriss_ratios\): \d+ MAC, [\d.]+ MAC an operation$/m);
    expect(ratios).not.toContain("pJ");
    const byTheByte = "External memory is accounted for by the byte: no currents are known of";
    expect((await kpu(...run, "t64", "--set", "dram_part=DDR5-4800")).out).toContain(`${byTheByte} DDR5-4800.`);
    expect((await kpu(...run, "t64", "--set", "dram_figures=CL=30")).out).toContain(`${byTheByte} figures of its own.`);
    expect((await kpu(...run, "t64")).out).not.toContain(byTheByte);
  });

  test("is told by operation", async () => {
    const { out } = await kpu("run", "-m", "64", "--energy", "t64");
    expect(out).toMatch(/^operation +completed +memories, pJ +unit, pJ +of dynamic$/m);
    expect(out).toMatch(/^product +\d+ +\d+ +\d+ +[\d.]+ %$/m);
  });

  const file = (changes: string): string => `kind: kpu-energy-table
version: 1
name: mine
multiply_accumulate_pj: {float32: 2}
memories:
  host: [{read_pj_per_byte: 0, write_pj_per_byte: 0}]
  external: [{read_pj_per_byte: 0, write_pj_per_byte: 0}]
  l3: [{read_pj_per_byte: 0, write_pj_per_byte: 0}]
  l2: [{read_pj_per_byte: 0, write_pj_per_byte: 0}]
  scratchpad: [{read_pj_per_byte: 0, write_pj_per_byte: 0, up_to_kb: 8}]
${changes}`;

  test("comes from a table of one's own", async () => {
    const path = workload("table", file("static_mw: {block_mover: 3}"));
    const { energy } = JSON.parse((await kpu("run", "-m", "32", "--energy", path, "--json")).out);
    expect(energy.dynamicPj).toBe(2 * 32 ** 3);
    expect(energy.staticPj).toBe(3 * 4 * energy.timeNs);
  });

  test.each([
    ["t65", 2, "there is no energy table 't65'"],
    ["none.yaml", 2, "cannot read none.yaml"],
    ["static_mw: {tile: -1}", 1, /line 11, column 13: static_mw.tile must be a number from 0 \(mW\), got -1/],
    ["mover: 1", 1, "mover is not a known key"],
  ])("refuses %s", async (table, code, message) => {
    const name = table.includes(":") ? workload("table", file(table)) : table;
    expect(await kpu("run", "-m", "8", "--energy", name)).toMatchObject({
      code,
      err: typeof message === "string" ? expect.stringContaining(message) : expect.stringMatching(message),
    });
  });

  test("refuses products that the table knows nothing of", async () => {
    const { code, err } = await kpu("run", "-m", "8", "--dtype", "float8_e4m3", "--energy", "t64");
    expect([code, err]).toEqual([2, expect.stringContaining("has no figure for multiply-accumulates of float8_e4m3")]);
  });
});

describe("area", () => {
  test("is that of a table or of a file, which is checked", async () => {
    const { out } = await kpu("info", "--area", "timeloop_40nm", "--set", "operand_bits=8");
    expect(out).toMatch(/^Area \(timeloop_40nm\): [\d.]+ mm2, without DMA engines/m);
    const head = "kind: kpu-area-table\nversion: 1\nname: mine\nelement_um2: {operands_32_bit: 4000}\n";
    const good = `${head}memory_um2_per_kb: {l3: 1, l2: 2, scratchpad: 3}\nunit_um2: {tile: 1000000}\n`;
    const { area } = JSON.parse((await kpu("info", "--area", workload("area", good), "--json")).out);
    expect(area.parts.at(-1)).toEqual({ component: "tile", count: 2, mm2: 2 });
    expect(area.notCounted).not.toContain("control of tiles");
    expect(await kpu("info", "--area", workload("area", `${head}memory_um2_per_kb: {l3: .nan}\n`))).toMatchObject({
      code: 1,
      err: expect.stringContaining("line 5"),
    });
    expect(await kpu("info", "--area", "timeloop_7nm")).toMatchObject({ code: 2 });
  });
});

describe("faults", () => {
  test("says what became of each kind of fault, and what nobody noticed", async () => {
    const { code, out } = await kpu("faults", workload("double_buffer"), "--count", "40", "--seed", "2");
    expect(code).toBe(0);
    expect(out).toContain("Double buffering: 3399 cycles without a fault; result: C");
    expect(out).toMatch(/^fault +stalled +detected +wrong +corrected +late +masked$/m);
    expect(out).toMatch(/^all( +\d+){6}$/m);
    expect(out).toContain("elements of C wrong");
    expect((await kpu("faults", workload("double_buffer"), "--count", "40", "--seed", "2")).out).toBe(out);
  });

  test("gives every run as JSON, of tiled products too", async () => {
    const { out } = await kpu("faults", "-m", "32", "--count", "30", "--kinds", "refused_grant,bit_flip", "--json");
    const report = JSON.parse(out);
    expect(report.experiments).toHaveLength(30);
    expect(report.kinds.map(({ kind }: { kind: string }) => kind)).toEqual(["refused_grant", "bit_flip"]);
    expect(JSON.stringify(report)).toContain('"cycles":"Infinity"');
  });

  test.each([
    [["--kinds", "rust"], "--kinds takes bit_flip"],
    [["--count", "0"], "from 1 to 1000000"],
    [["--count", "many"], "--count takes a whole number"],
    [["--kinds", "check_flip"], "cannot hit anything"],
    [["--results", "nix"], "has no area 'nix'"],
  ])("%j is refused", async (options, message) => {
    const { code, err } = await kpu("faults", workload("double_buffer"), ...options);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("scalesim", () => {
  const example = (name: string): string =>
    fileURLToPath(new URL(`../../../examples/scalesim/${name}`, import.meta.url));
  const config = example("array16_ws.cfg");

  test("says what a topology takes on the array", async () => {
    const { code, out } = await kpu("scalesim", example("small_gemms.csv"), "-c", config, "--json");
    expect(code).toBe(0);
    const { layers } = JSON.parse(out);
    // ceil(256 / 16) x ceil(64 / 16) x (2 x 16 + 16 + 128 - 2)
    expect(layers[0]).toMatchObject({ name: "query", cycles: 16 * 4 * 174, filterReads: 256 * 64 });
    expect((await kpu("scalesim", example("small_net.csv"), "-c", config)).out).toContain("Conv3");
  });

  test("writes three reports, whole or not at all", async () => {
    const output = join(folder, "a", "b");
    await kpu("scalesim", example("small_net.csv"), "-c", config, "-o", output);
    expect(readdirSync(output).toSorted()).toEqual([
      "BANDWIDTH_REPORT.csv",
      "COMPUTE_REPORT.csv",
      "DETAILED_ACCESS_REPORT.csv",
    ]);
    const lines = readFileSync(join(output, "COMPUTE_REPORT.csv"), "utf8").split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[1]).toMatch(/^0, \d+, \d+, \d+, [\d.]+, [\d.]+, [\d.]+,$/);
    writeFileSync(join(folder, "file"), "");
    const { code, err } = await kpu(
      "scalesim",
      example("small_net.csv"),
      "-c",
      config,
      "-o",
      join(folder, "file", "x"),
    );
    expect([code, err]).toEqual([2, expect.stringContaining("cannot make the folder")]);
    const onFile = await kpu("scalesim", example("small_net.csv"), "-c", config, "-o", join(folder, "file"));
    expect([onFile.code, onFile.err]).toEqual([2, expect.stringContaining("it is a file")]);
    // A folder in which none can be made, and of which Linux says that it is not there.
    if (process.platform === "linux") {
      const inProc = await kpu("scalesim", example("small_net.csv"), "-c", config, "-o", "/proc/kpu/reports");
      expect([inProc.code, inProc.err]).toEqual([
        2,
        expect.stringContaining("cannot make the folder /proc/kpu/reports"),
      ]);
    }
  });

  test("runs sparse layers as the configuration says, and says which it runs as dense ones", async () => {
    const output = join(folder, "sparse");
    const [layers, sparse] = [example("sparse_gemms.csv"), example("array16_ws_sparse.cfg")];
    const { out, err } = await kpu("scalesim", layers, "-c", sparse, "-o", output, "--json");
    // Half of the rows of the filters are left, in half as many folds.
    expect(JSON.parse(out).layers[0]).toMatchObject({ cycles: 8 * 4 * 174, filterReads: 128 * 64 });
    expect(err).toBe("");
    // Weights of one word and an index of two bits each.
    expect(readFileSync(join(output, "SPARSE_REPORT.csv"), "utf8").split("\n")[1]).toMatch(
      /^0, ellpack_block, 16384, 8704\.0, 512\.0, /,
    );
    const dense = await kpu("scalesim", layers, "-c", config, "--json");
    expect(JSON.parse(dense.out).layers[0]).toMatchObject({ cycles: 16 * 4 * 174 });
    expect(dense.err).toContain("2 of 3 layers are sparse, and run as dense ones");
  });

  test("writes every address, cycle by cycle, in a folder for each layer", async () => {
    const output = join(folder, "traced");
    await kpu("scalesim", example("small_gemms.csv"), "-c", config, "-o", output, "--traces");
    expect(readdirSync(output).toSorted().slice(3)).toEqual(["layer0", "layer1", "layer2"]);
    const linesOf = (name: string): readonly string[] => readFileSync(join(output, "layer2", name), "utf8").split("\n");
    // 8 x 4 folds of 174 cycles. The last row of a fold's weights enters first, and the first inputs a cycle after the last weights.
    expect(linesOf("FILTER_SRAM_TRACE.csv")).toHaveLength(8 * 4 * 174 + 1);
    expect(linesOf("FILTER_SRAM_TRACE.csv")[0]).toMatch(/^1,10000015,10000143,/);
    expect(linesOf("IFMAP_SRAM_TRACE.csv")[16]).toMatch(/^17,0(,-1){15}$/);
    // Half a buffer of 16 KB, 8 words a cycle, the last of them in cycle -1.
    expect(linesOf("FILTER_DRAM_TRACE.csv")[0]).toMatch(/^-1024\.0,10000000\.0,10000128\.0,/);
    expect(linesOf("OFMAP_DRAM_TRACE.csv")[0]).toMatch(/^\d+\.0,20000000\.0,/);
    expect((await kpu("scalesim", example("small_gemms.csv"), "-c", config, "--traces")).err).toContain(
      "give -o FOLDER",
    );
    // Without a bandwidth nothing says in which order words are read.
    const calc = join(folder, "calc.cfg");
    writeFileSync(calc, readFileSync(config, "utf8").replace("USER", "CALC"));
    await kpu("scalesim", example("small_gemms.csv"), "-c", calc, "-o", join(folder, "calc"), "--traces");
    expect(readdirSync(join(folder, "calc", "layer0")).toSorted()).toEqual([
      "FILTER_SRAM_TRACE.csv",
      "IFMAP_SRAM_TRACE.csv",
      "OFMAP_DRAM_TRACE.csv",
      "OFMAP_SRAM_TRACE.csv",
    ]);
  });

  test("says everything that is wrong with its files, with lines", async () => {
    const topology = join(folder, "net.csv");
    writeFileSync(topology, "Layer, M, N, K,\na, 4, , 4,\nb, 4, -1, 4,\nc, 4, 4, 4,\n");
    const { code, err } = await kpu("scalesim", topology, "-c", config);
    expect(code).toBe(1);
    expect(err).toContain("line 2, column 1: layer 'a': N is empty");
    expect(err).toContain("line 3, column 1: layer 'b': N must be a whole number from 1");
    const wrong = join(folder, "x.cfg");
    writeFileSync(
      wrong,
      "[architecture_presets]\nArrayHeight: 0\nDataflow: rs\n[run_presets]\nInterfaceBandwidth: CALC\n",
    );
    const refused = await kpu("scalesim", example("small_net.csv"), "-c", wrong);
    expect(refused.err).toContain("line 2, column 1: ArrayHeight must be a whole number from 1 to 4096, got '0'");
    expect(refused.err).toContain("Dataflow must be one of os, ws, is, got 'rs'");
    expect(refused.err).toContain("has no ArrayWidth");
  });
});

describe("view", () => {
  const terminal = (pagePath: string | undefined, out: (text: string) => void) => ({
    out,
    err: () => undefined,
    isWatched: false,
    hasColours: false,
    pagePath,
  });

  test("serves the page with a file until Ctrl-C, and leaves nothing", async () => {
    const [page, trace] = [join(folder, "page.html"), join(folder, "run.kputrace")];
    writeFileSync(page, "<p>page</p>");
    writeFileSync(trace, "trace");
    const address = new Promise<string>((resolve) => {
      const code = runCommandLine(["view", trace, "--no-open"], terminal(page, resolve));
      void code.then((each) => ended.push(each));
    });
    const ended: number[] = [];
    const { href, hash } = new URL((await address).trim());
    expect(hash).toBe("#file=run.kputrace");
    expect(await (await fetch(href)).text()).toBe("<p>page</p>");
    expect(await (await fetch(new URL("served-file", href))).text()).toBe("trace");
    process.emit("SIGINT");
    await vi.waitFor(() => expect(ended).toEqual([130]));
    await expect(fetch(href)).rejects.toThrow();
  });

  test("names the run that the page is to simulate", async () => {
    const page = join(folder, "page.html");
    writeFileSync(page, "");
    const address = new Promise<string>((resolve) => {
      void runCommandLine(
        ["view", "-m", "64x32x16", "--set", "dma_engine_count=3", "--no-open"],
        terminal(page, resolve),
      );
    });
    const run = JSON.parse(new URLSearchParams(new URL((await address).trim()).hash.slice(1)).get("run") ?? "");
    process.emit("SIGINT");
    expect(run).toMatchObject({
      title: "Matrix product 64 x 32 x 16",
      config: { dmaEngines: { count: 3 } },
      program: { kind: "matmul", request: { m: 64, n: 32, k: 16, format: "float32" } },
    });
  });

  test.each([
    [[], undefined, "build it with npm run build:viewer"],
    [["picture.png"], "page.html", "the page opens .kputrace"],
    [["none.kputrace"], "page.html", "cannot read none.kputrace"],
    [["run.yaml", "-m", "64"], "page.html", "give a file or the options of a run"],
    [["--port", "99999"], "page.html", "--port is a whole number from 0 to 65535"],
  ])("refuses %j", async (words, page, message) => {
    const pagePath = page === undefined ? undefined : join(folder, page);
    if (pagePath !== undefined) writeFileSync(pagePath, "");
    let err = "";
    const code = await runCommandLine(["view", "--no-open", ...words], {
      ...terminal(pagePath, () => undefined),
      err: (text) => {
        err += text;
      },
    });
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe("compare", () => {
  async function result(name: string, ...words: readonly string[]): Promise<string> {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, (await kpu("run", "-m", "256", "--json", ...words)).out);
    return path;
  }

  test("tells cycles first, with ratios and units", async () => {
    const [a, b] = [await result("a"), await result("b", "--no-double-buffer")];
    const { code, out } = await kpu("compare", a, b);
    expect(code).toBe(0);
    const [one, other] = [a, b].map((path) => JSON.parse(readFileSync(path, "utf8")).cycles);
    expect(out).toMatch(new RegExp(`^cycles +${one} +${other} +x ${(other / one).toFixed(3)} +cycles$`, "m"));
    const all = JSON.parse((await kpu("compare", a, b, "--json")).out);
    expect(all).toContainEqual({ figure: "cycles", a: one, b: other, ratio: other / one });
    expect(all.some(({ figure }: { figure: string }) => figure.startsWith("unitReports.dma 0."))).toBe(true);
  });

  test("says that equal runs are equal, and refuses what is no result", async () => {
    const a = await result("a");
    expect((await kpu("compare", a, a)).out).toBe("no differences\n");
    for (const text of ["{}", "[1", '"x"', "null"]) {
      writeFileSync(join(folder, "c.json"), text);
      expect(await kpu("compare", a, join(folder, "c.json"))).toMatchObject({
        code: 2,
        err: expect.stringContaining("no result of kpu run"),
      });
    }
  });
});

describe("run", () => {
  test("reports what the machine reports", async () => {
    const { code, out, err } = await kpu("run", "-m", "96x64x32", "--json");
    const { report } = tiledMatmul(new Machine({ timingOnly: true }), { m: 96, n: 64, k: 32 });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(report)));
    expect(err).toBe("");
  });

  test("with values takes the same cycles", async () => {
    const cycles = async (...words: readonly string[]): Promise<number> =>
      JSON.parse((await kpu("run", "-m", "48", "--json", ...words)).out).cycles;
    expect(await cycles("--values")).toBe(await cycles());
    expect(await cycles("--values", "--dtype", "int8")).toBe(await cycles("--dtype", "int8"));
  });

  test("takes tiles, dataflow, buffers, presets and single fields", async () => {
    const { out } = await kpu(
      "run",
      "-m",
      "64",
      "--tile",
      "16x16x8",
      "--dataflow",
      "weight_stationary",
      "--no-double-buffer",
      "--json",
    );
    expect(JSON.parse(out).tiling).toMatchObject({
      tileM: 16,
      tileN: 16,
      tileK: 8,
      buffers: 1,
      dataflow: "weight_stationary",
    });
    const slow = await kpu("run", "-m", "64", "--preset", "edge_ai", "--set", "dma_bandwidth_gbps=1", "--json");
    const fast = await kpu("run", "-m", "64", "--preset", "edge_ai", "--json");
    expect(JSON.parse(slow.out).cycles).toBeGreaterThan(JSON.parse(fast.out).cycles);
  });

  test.each([
    [["-m", "0"], "--matmul takes three whole numbers"],
    [["-m", "4x4"], "--matmul takes three whole numbers"],
    [["--tile", "1x2x3.5"], "--tile takes three whole numbers"],
    [["--preset", "minimum"], "the nearest is 'minimal'"],
    [["--set", "dma_engine_cnt=3"], "the nearest is 'dma_engine_count'"],
    [["--set", "dma_engine_count"], "--set takes field=value"],
    [["--set", "dma_engine_count=two"], "is a number of instances"],
    [["--set", "use_systolic_arrays=maybe"], "is true or false"],
    [["--set", "dma_engine_count=0"], "at least one DMA engine"],
    [["--set", "dram_figures=tRDC=20"], "there is no figure 'tRDC'; the nearest is 'tRC'"],
    [["--preset", "minimal", "--config", "x.yaml"], "not both"],
    [["--config", "/nonexistent.yaml"], "cannot read /nonexistent.yaml"],
    [["--config", "machine.txt"], "end in .yaml, .yml or .json"],
    [["--dtype", "int7"], "--dtype is one of"],
    [["--dataflow", "os"], "--dataflow is"],
    [["--trace", "run.txt"], "run.txt"],
    [["-m", "64", "--trace", "/nonexistent/run.csv"], "cannot write /nonexistent/run.csv"],
    [["--frobnicate"], "unknown option"],
  ])("refuses %j with exit code 2", async (words, message) => {
    const { code, out, err } = await kpu("run", ...words);
    expect(err).toContain(message);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });
});

describe("traces", () => {
  test("are written whole, exported and asked", async () => {
    const file = join(folder, "run.kputrace");
    expect((await kpu("run", "-m", "64", "--trace", file)).code).toBe(0);
    expect(readdirSync(folder)).toEqual(["run.kputrace"]);
    const { matches, slices } = JSON.parse((await kpu("trace", "query", file, "--lane", "dma", "--json")).out);
    expect(matches).toBe(10);
    expect(slices[0]).toMatchObject({ handle: "t-0", unit: expect.stringMatching(/^dma/) });
    const { out } = await kpu("trace", "query", file, slices[1].handle, "--csv");
    expect(out.split("\n")[1]).toContain(slices[1].handle);
    const target = join(folder, "run.csv");
    expect((await kpu("trace", "export", file, target)).code).toBe(0);
    expect(readFileSync(target, "utf8").split("\n").length).toBeGreaterThan(13);
  });

  test("sort by what is asked for, largest first", async () => {
    const file = join(folder, "run.kputrace");
    await kpu("run", "-m", "64", "--trace", file);
    const { slices } = JSON.parse((await kpu("trace", "query", file, "--sort", "waitedCycles", "--json")).out);
    const waits: number[] = slices.map(({ waitedCycles }: { waitedCycles: number }) => waitedCycles);
    expect(waits).toEqual(waits.toSorted((a, b) => b - a));
  });

  test("that are none or damaged are refused, and nothing is written", async () => {
    const file = join(folder, "run.kputrace");
    await kpu("run", "-m", "64", "--trace", file);
    const bytes = readFileSync(file);
    writeFileSync(join(folder, "short.kputrace"), bytes.subarray(0, bytes.length - 9));
    const target = join(folder, "out.csv");
    const { code, err } = await kpu("trace", "export", join(folder, "short.kputrace"), target);
    expect(code).toBe(2);
    expect(err).toContain("offset");
    expect(readdirSync(folder)).not.toContain("out.csv");
    expect((await kpu("trace", "query", file, "t-9999")).code).toBe(2);
    expect((await kpu("trace", "query", file, "--cause", "boredom")).err).toContain("--cause takes none, data");
  });
});

describe("config", () => {
  test("makes, checks, converts and compares files", async () => {
    const [yaml, json] = [join(folder, "machine.yaml"), join(folder, "machine.json")];
    expect((await kpu("config", "generate", yaml, "--preset", "edge_ai", "--set", "clock_ghz=2")).code).toBe(0);
    expect((await kpu("config", "validate", yaml)).out).toMatch(/: valid/);
    expect((await kpu("config", "convert", yaml, json)).code).toBe(0);
    expect(await kpu("config", "diff", yaml, json)).toEqual({ code: 0, out: "no differences\n", err: "" });
    const { code, out } = await kpu("config", "diff", "edge_ai", json);
    expect(code).toBe(1);
    expect(out).toMatch(/clock_ghz +\S+ +2 /);
  });

  test("says everything that is wrong, with lines", async () => {
    const file = join(folder, "wrong.yaml");
    writeFileSync(file, "clock_ghz: -1\nextrnal_memory: 3\n");
    const { code, out } = await kpu("config", "validate", file);
    expect(code).toBe(1);
    expect(out).toContain("line 2");
    expect((await kpu("run", "--config", file)).code).toBe(1);
  });

  test("shows every field", async () => {
    const { out } = await kpu("config", "show", "--json");
    expect(JSON.parse(out).data_movement.dma_engine_count).toBe(2);
  });
});

describe("explain", () => {
  test.each(configFields.map(({ flat, doc }) => [flat, doc] as const))("knows the field %s", async (name, doc) => {
    expect((await kpu("explain", name)).out).toContain(doc);
  });

  test("takes names as Python spells them, and names the nearest", async () => {
    expect((await kpu("explain", "port_utilization")).out).toContain("portUtilization (figure)");
    expect((await kpu("explain", "KPU_DEADLOK")).err).toContain("KPU_DEADLOCK");
    expect((await kpu("explain")).code).toBe(2);
    expect((await kpu("explain", "--all")).out).toContain("KPU_ADDRESS_RANGE");
  });
});

test("help is there at every level, and ends well", async () => {
  for (const words of [
    [],
    ["run"],
    ["config"],
    ["config", "diff"],
    ["trace", "query"],
    ["explain"],
    ["info"],
    ["stats"],
  ]) {
    const { code, out } = await kpu(...words, "--help");
    expect({ words, code }).toEqual({ words, code: 0 });
    expect(out).toContain("Usage: kpu");
  }
});

test("the area of a machine, as far as there are figures", async () => {
  const { out } = await kpu("info", "--area", "timeloop_40nm", "--set", "operand_bits=8", "--json");
  const { config } = new Machine({ computeTiles: { operandBits: 8 } });
  expect(JSON.parse(out).area).toEqual(areaOf(config, areaTables.timeloop_40nm));
  expect((await kpu("info", "--area", "timeloop_40nm", "--set", "operand_bits=8")).out).toMatch(
    /^Area \(timeloop_40nm\): [\d.]+ mm2, without DMA engines/m,
  );
  expect(await kpu("info", "--area", "timeloop_40nm")).toMatchObject({
    code: 2,
    err: expect.stringContaining("has no figure for elements with operands of 32 bits; it has 8"),
  });
  expect((await kpu("info", "--area", "timeloop")).err).toContain("there is no area table 'timeloop'");
});

test("info tries a machine", async () => {
  const { code, out } = await kpu("info", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ failed: [], machine: "default" });
});

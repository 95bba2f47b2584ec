import { readFileSync } from "node:fs";
import { version } from "@kpu-sim/machine";
import { describe, expect, it } from "vitest";
import { completePackages } from "./complete-lock.mjs";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const locks = ["package-lock.json", "tools/engine-bundler/package-lock.json"];
const packageFolders = ["machine", "formats", "program", "system", "kpu-sim", "bridge", "cli"];
const own = /"((?:@kpu-sim\/|kpu-sim)[^"]*)": "([^"]+)"/g;

describe("versions", () => {
  const { version: wanted } = JSON.parse(read("package.json"));

  it("of all packages, of what they need of each other, and of the engine are the root's", () => {
    expect(version).toBe(wanted);
    for (const folder of packageFolders) {
      const text = read(`packages/${folder}/package.json`);
      expect({ folder, version: JSON.parse(text).version }).toEqual({ folder, version: wanted });
      for (const [, name, needed] of text.matchAll(own))
        expect({ folder, name, needed }).toMatchObject({ needed: wanted });
    }
  });

  it("of the Python modules is the root's", () => {
    expect(read("python/stillwater_kpu/_version.py")).toContain(`__version__ = "${wanted}"`);
  });

  it("of the bundler are the same with the development tools and without", () => {
    const { esbuild } = JSON.parse(read("package.json")).devDependencies;
    const { devDependencies: page } = JSON.parse(read("packages/viewer/package.json"));
    const { devDependencies: tools } = JSON.parse(read("tools/engine-bundler/package.json"));
    expect(tools).toEqual({ esbuild, ...page });
    const { dependencies } = JSON.parse(read("packages/formats/package.json"));
    const { dependencies: bundled } = JSON.parse(read("tools/engine-bundler/package.json"));
    const { commander } = JSON.parse(read("packages/cli/package.json")).dependencies;
    expect(bundled).toEqual({ commander, valibot: dependencies.valibot, yaml: dependencies.yaml });
    for (const lock of locks) {
      const { packages } = JSON.parse(read(lock));
      for (const [name, pin] of Object.entries({ ...tools, ...bundled }))
        expect(packages[`node_modules/${name}`]).toMatchObject({ version: pin });
    }
  });
});

describe("lock files", () => {
  it("name the optional packages of every platform, without which `npm ci` refuses them", () => {
    for (const lock of locks) {
      const { packages } = JSON.parse(read(lock));
      expect(completePackages(packages)).toEqual(packages);
    }
  });

  it("get what a registry left out back from the versions that their packages ask for", () => {
    const { packages } = JSON.parse(read("package-lock.json"));
    const { "node_modules/@biomejs/cli-win32-x64": without, ...rest } = packages;
    expect(completePackages(rest)["node_modules/@biomejs/cli-win32-x64"]).toMatchObject({
      version: without.version,
      os: ["win32"],
      cpu: ["x64"],
      optional: true,
    });
  });

  it("hold no download addresses, which differ from place to place", () => {
    for (const lock of locks) {
      expect(read(lock)).not.toContain("://registry");
      expect(read(lock)).not.toMatch(/"resolved": "http/);
    }
  });
});

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bundled, licences } from "./third-party-licences.mjs";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const locks = ["package-lock.json", "tools/engine-bundler/package-lock.json"];

type Locked = {
  readonly hasInstallScript?: boolean;
  readonly license?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
};
const packagesOf = (lock: string): [string, Locked][] => Object.entries(JSON.parse(read(lock)).packages);

/** Development tools that ask to run something when they are installed; nothing needs it, and builds install without scripts. */
const withScripts = ["esbuild", "fsevents"];

test("no lock file says where packages come from", () => {
  for (const lock of locks) {
    for (const [path, { resolved }] of packagesOf(lock)) {
      if (resolved !== undefined)
        expect({ path, resolved }).toMatchObject({ resolved: expect.stringMatching(/^packages\//) });
    }
  }
});

test("nothing that is installed needs a script", () => {
  for (const lock of locks) {
    const names = packagesOf(lock).flatMap(([path, { hasInstallScript }]) =>
      hasInstallScript === true ? [path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)] : [],
    );
    expect(names.filter((name) => !withScripts.includes(name))).toEqual([]);
  }
});

test("what users install has licences that allow it", () => {
  const shipped = packagesOf("package-lock.json").filter(
    ([path, { dev, devOptional, peer }]) => path.includes("node_modules/") && ![dev, devOptional, peer].includes(true),
  );
  const licencesOf = Object.fromEntries(shipped.map(([path, { license }]) => [path, license]));
  expect(Object.keys(licencesOf)).toEqual(
    expect.arrayContaining(["commander", "valibot", "yaml"].map((name) => `node_modules/${name}`)),
  );
  for (const [path, license] of Object.entries(licencesOf)) {
    if (path.includes("@kpu-sim/") || path.endsWith("/kpu-sim")) continue;
    expect({ path, license }).toMatchObject({ license: expect.stringMatching(/^(MIT|ISC)$/) });
  }
});

test("the licences of what is bundled go with it", () => {
  expect(read("THIRD-PARTY-LICENSES.txt")).toBe(licences());
  const { dependencies } = JSON.parse(read("tools/engine-bundler/package.json"));
  expect(Object.keys(bundled).sort()).toEqual([...Object.keys(dependencies), "solid-js"].sort());
  expect(read("pyproject.toml")).toContain('license-files = ["LICENSE", "THIRD-PARTY-LICENSES.txt"]');
});

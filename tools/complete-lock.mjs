// Completes the lock files after `npm install`: node tools/complete-lock.mjs
// A registry mirror that carries the packages of its own platform only makes npm leave the other platforms' optional
// packages out of the lock file, and `npm ci` then refuses it, here and there. Their versions are pinned by the packages
// that ask for them, and their names tell the platform; only their checksums stay unknown.
import { readFileSync, writeFileSync } from "node:fs";

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];
const libraries = new Map([
  ["gnu", "glibc"],
  ["gnueabihf", "glibc"],
  ["musl", "musl"],
  ["musleabihf", "musl"],
]);

/** @typedef {{ optionalDependencies?: Record<string, string>, [field: string]: unknown }} LockedPackage */

/**
 * The lock file's packages with entries for optional packages that have none.
 * @param {Record<string, LockedPackage>} packages
 * @returns {Record<string, LockedPackage>}
 */
export function completePackages(packages) {
  const complete = { ...packages };
  for (const { optionalDependencies = {} } of Object.values(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const place = `node_modules/${name}`;
      const isPinned = /^\d+\.\d+\.\d+$/.test(version);
      if (isPinned && complete[place] === undefined) complete[place] = placeholder(name, version);
    }
  }
  return Object.fromEntries(Object.entries(complete).sort(([a], [b]) => a.localeCompare(b, "en")));
}

/**
 * @param {string} name
 * @param {string} version
 * @returns {LockedPackage}
 */
function placeholder(name, version) {
  const words = name.split(/[-/]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  const libc = words.flatMap((word) => libraries.get(word) ?? []);
  if (os.length + cpu.length === 0) throw new Error(`cannot tell the platform of ${name}: lock it by hand`);
  return {
    version,
    ...(cpu.length > 0 ? { cpu } : {}),
    dev: true,
    ...(libc.length > 0 ? { libc } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}

if (process.argv[1]?.endsWith("complete-lock.mjs")) {
  for (const path of ["../package-lock.json", "engine-bundler/package-lock.json"]) {
    const file = new URL(path, import.meta.url);
    const lock = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, `${JSON.stringify({ ...lock, packages: completePackages(lock.packages) }, undefined, 2)}\n`);
  }
}

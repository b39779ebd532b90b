import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ADAPTERS, AMBIENT_PLACES, FORBIDDEN_NAMES, PLATFORM_PLACES, ROOMS } from "./layers.ts";
import { importsOf, ROOT, type SourceFile, sourceFiles } from "./source-files.ts";

const SOURCES = sourceFiles().filter((file) => /^packages\/[^/]+\/(src|bin)\//.test(file.path));
const roomOf = (file: SourceFile) => file.path.split("/")[1] ?? "";
const isRoot = (file: SourceFile) => file.path.endsWith("/main.ts");

test("every room imports only what the law allows it", () => {
  assert.deepEqual(SOURCES.flatMap(brokenImports), []);
});

test("adapters are named only in a main.ts", () => {
  const named = SOURCES.filter((file) => !isRoot(file) && !["simulator", "cli"].includes(roomOf(file))).flatMap(
    (file) =>
      importsOf(file.text)
        .filter((name) => ADAPTERS.includes(name))
        .map((name) => `${file.path} names the adapter ${name}; take the port as an argument, main.ts gives it`),
  );
  assert.deepEqual(named, []);
});

test("the platform is touched only in adapters, probes, src/node, http and main.ts", () => {
  assert.deepEqual(
    outside(PLATFORM_PLACES, (file) => importsOf(file.text).filter((name) => name.startsWith("node:"))),
    [],
  );
});

test("clock, randomness and environment are read only in main.ts, probes and src/node", () => {
  const ambient = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.env\b|\bperformance\.now\(/g;
  assert.deepEqual(
    outside(AMBIENT_PLACES, (file) => [...file.text.matchAll(ambient)].map((match) => match[0])),
    [],
  );
});

test("a package declares exactly the packages of ours it imports", () => {
  for (const room of Object.keys(ROOMS)) {
    const manifest = JSON.parse(readFileSync(join(ROOT, "packages", room, "package.json"), "utf8"));
    const declared = Object.keys(manifest.dependencies ?? {});
    const imported = new Set(
      SOURCES.filter((file) => roomOf(file) === room)
        .flatMap((file) => importsOf(file.text))
        .filter((name) => !name.startsWith(".") && !name.startsWith("node:"))
        .map(packageOf),
    );
    imported.delete(`@countersign/${room}`);
    assert.deepEqual(
      [...imported].filter((name) => !declared.includes(name)),
      [],
      `${room} imports what it does not declare`,
    );
    assert.deepEqual(
      declared.filter((name) => !imported.has(name)),
      [],
      `${room} declares what it does not import`,
    );
  }
});

test("no folder or file is called utils, helpers, common, shared, lib, misc or manager", () => {
  const named = sourceFiles("")
    .filter((file) => file.path.startsWith("packages/") || file.path.startsWith("tools/"))
    .filter((file) => file.path.split("/").some((part) => FORBIDDEN_NAMES.includes(part.replace(/\..*$/, ""))));
  assert.deepEqual(
    named.map((file) => file.path),
    [],
  );
});

test("every package has one door that re-exports by name", () => {
  for (const file of SOURCES.filter((source) => source.path.endsWith("/index.ts"))) {
    assert.doesNotMatch(file.text, /^export \* /m, `${file.path} re-exports everything`);
  }
});

function brokenImports(file: SourceFile): readonly string[] {
  const room = ROOMS[roomOf(file)];
  if (room === undefined) return [`${file.path} is in a package that tools/layers.ts does not know`];
  return importsOf(file.text)
    .filter((name) => !name.startsWith("node:") && !isAllowed(name, file, room.mayImport, room.mayAlsoImport))
    .map(
      (name) =>
        `${file.path} imports ${name}; ${roomOf(file)} may import ${[...room.mayImport, ...room.mayAlsoImport].join(", ") || "nothing"}: ${room.why}`,
    );
}

function isAllowed(name: string, file: SourceFile, doors: readonly string[], others: readonly string[]): boolean {
  if (name.startsWith(".")) return !leavesPackage(name, file.path);
  if (doors.some((door) => name === `@countersign/${door}`)) return true;
  if (isRoot(file) && ADAPTERS.includes(name)) return true;
  return others.some((other) => name === other || name.startsWith(`${other}/`));
}

function leavesPackage(name: string, path: string): boolean {
  const depth = path.split("/").length - 3;
  return (name.match(/\.\.\//g)?.length ?? 0) > depth;
}

function packageOf(name: string): string {
  return name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
}

function outside(places: readonly RegExp[], found: (file: SourceFile) => readonly string[]): readonly string[] {
  return SOURCES.filter((file) => !places.some((place) => place.test(file.path))).flatMap((file) =>
    found(file).map((what) => `${file.path}: ${what}`),
  );
}

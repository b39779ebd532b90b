import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it, test } from "node:test";
import { SPECCHECK } from "../packages/protocol/test/speccheck-cases.ts";
import { EXAMPLE, type LicenceView, settleExample, viewWhere, wholeJson } from "./release/example-program.ts";
import { INSTALLED_COMMAND, type InstalledSite, installedSite } from "./release/installed-site.ts";
import { checkManifest, type Manifest, publishedManifest } from "./release/manifest.ts";
import { releaseVersion, workspacePackages } from "./release/packages.ts";
import { type RunningProgram, startProgram } from "./release/running-program.ts";
import { entriesOf } from "./release/tarball.ts";
import { ROOT, sourceFiles } from "./source-files.ts";

const VERSION = releaseVersion();
const SDK = ["domain", "protocol", "client"];
const PACKED = mkdtempSync(join(tmpdir(), "countersign-packed-"));
/** What was printed when the tarballs of this file were packed. */
let sums = "";
before(() => {
  sums = pack(join(PACKED, "first"), { umask: 0o022, cwd: ROOT, env: {} });
});
after(() => rmSync(PACKED, { recursive: true, force: true, maxRetries: 3 }));

const SAMPLE: Manifest = {
  name: "@countersign/sample",
  version: VERSION,
  description: "A package",
  license: "MIT",
  type: "module",
  engines: { node: ">=20" },
  exports: { ".": "./src/index.ts", "./node": "./src/node/index.ts", "./gen/*": "./src/gen/*_pb.ts" },
  dependencies: { "@countersign/domain": VERSION, commander: "15.1.0" },
};

test("a manifest is packed only where its version, Node, description, doors and packages of ours are right", () => {
  checkManifest(SAMPLE, VERSION);
  const { engines: _, ...withoutEngines } = SAMPLE;
  const wrong: readonly [Partial<Manifest>, RegExp][] = [
    [{ ...SAMPLE, version: "9.9.9" }, /sample: version: expected \d+\.\d+\.\d+, found 9\.9\.9/],
    [withoutEngines, /engines\.node: expected >=20 or >=24, found nothing/],
    [{ ...SAMPLE, engines: { node: ">=18" } }, /engines\.node: expected >=20 or >=24, found >=18/],
    [{ ...SAMPLE, description: "" }, /description: expected a sentence, found nothing/],
    [{ ...SAMPLE, exports: { ".": "./dist/index.js" } }, /the door \.: expected \.\/src\/….ts, found \.\/dist/],
    [{ ...SAMPLE, dependencies: { "@countersign/domain": "*" } }, /@countersign\/domain: expected .*, found \*/],
  ];
  for (const [manifest, told] of wrong) assert.throws(() => checkManifest(manifest, VERSION), told);
});

test("the doors of a packed package lead to JavaScript with its types, those of the tree to the sources", () => {
  const { exports, main, types, files } = publishedManifest(SAMPLE);
  assert.deepEqual(exports, {
    ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./node": { types: "./dist/node/index.d.ts", default: "./dist/node/index.js" },
    "./gen/*": { types: "./dist/gen/*_pb.d.ts", default: "./dist/gen/*_pb.js" },
    "./package.json": "./package.json",
  });
  assert.deepEqual([main, types, files], ["./dist/index.js", "./dist/index.d.ts", ["dist"]]);
});

test("the SDK says Node 20 and needs nothing that says more; every other package says Node 24", () => {
  for (const { room, manifest } of workspacePackages()) {
    assert.equal(manifest.engines.node, SDK.includes(room) ? ">=20" : ">=24", room);
    const ours = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith("@countersign/"));
    if (SDK.includes(room)) for (const name of ours) assert.ok(SDK.includes(name.split("/")[1] ?? ""), name);
  }
});

test("there is one version: in the sources, the lock file and the example too", () => {
  const said = sourceFiles()
    .filter(({ path }) => /^packages\/[^/]+\/src\//.test(path))
    .flatMap(({ path, text }) => [...text.matchAll(/VERSION = "(\d+\.\d+\.\d+)"/g)].map((match) => [path, match[1]]));
  assert.deepEqual(said, [["packages/domain/src/software-version.ts", VERSION]]);
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  for (const { room } of workspacePackages()) assert.equal(lock.packages[`packages/${room}`]?.version, VERSION, room);
  const { version, dependencies } = JSON.parse(readFileSync(join(ROOT, EXAMPLE, "package.json"), "utf8"));
  assert.deepEqual([version, ...Object.values(dependencies)], [VERSION, VERSION, VERSION]);
});

/** `npm run -s release` without the door, under the given mask for new files; answers what it printed. */
function pack(output: string, { umask, cwd, env }: { umask: number; cwd: string; env: NodeJS.ProcessEnv }): string {
  const before = process.umask(umask);
  try {
    const command = ["--disable-warning=ExperimentalWarning", join(ROOT, "tools", "release.ts"), output];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      cwd,
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
    assert.equal(status, 0, stderr);
    return stdout;
  } finally {
    process.umask(before);
  }
}

describe("what npm run release packs", () => {
  const files = () => [...sums.matchAll(/^[0-9a-f]{64} {2}(\S+)$/gm)].map((match) => match[1] ?? "");

  it("is a tarball for every package, and its printed sums are what sha256sum checks", () => {
    const wanted = workspacePackages().map(({ room }) => `countersign-${room}-${VERSION}.tgz`);
    assert.deepEqual(files(), wanted.sort());
  });

  it("is the same byte for byte from another directory, time zone and mask for new files", () => {
    const env = { TZ: "Pacific/Chatham", LC_ALL: "C" };
    assert.equal(pack(join(PACKED, "second"), { umask: 0o077, cwd: tmpdir(), env }), sums);
  });

  it("holds JavaScript, types, manifest, README and licence, no sources, and no path of this machine", () => {
    for (const file of files()) {
      const entries = entriesOf(join(PACKED, "first", file));
      const bin = file.includes("-cli-") ? "|bin/[a-z]+\\.mjs" : "";
      const shipped = new RegExp(`^(dist/.+\\.(js|d\\.ts)|package\\.json|README\\.md|LICENSE${bin})$`);
      assert.deepEqual(
        entries.filter(({ path }) => !shipped.test(path)).map(({ path }) => path),
        [],
        file,
      );
      for (const { path, text, mode } of entries) {
        assert.ok(!text.includes(ROOT) && !text.includes("countersign-release-"), `${file}: ${path}`);
        if (/\.m?js$/.test(path)) assert.doesNotMatch(text, /(from|import\() ?"\.[^"]+\.ts"/, `${file}: ${path}`);
        assert.equal(mode & 0o777, path.startsWith("bin/") ? 0o755 : 0o644, `${file}: ${path}`);
      }
    }
  });

  it("has every door and command it names", () => {
    for (const file of files()) {
      const entries = entriesOf(join(PACKED, "first", file));
      const manifest = JSON.parse(entries.find(({ path }) => path === "package.json")?.text ?? "");
      const doors = Object.values<string | Record<string, string>>(manifest.exports)
        .flatMap((door) => (typeof door === "string" ? door : Object.values(door)))
        .concat(Object.values(manifest.bin ?? {}), manifest.main, manifest.types);
      for (const door of doors) {
        const pattern = new RegExp(`^${door.slice(2).replaceAll(".", "\\.").replace("*", "[a-z_]+")}$`);
        assert.ok(
          entries.some(({ path }) => pattern.test(path)),
          `${file}: ${door}`,
        );
      }
    }
  });
});

/** A Node of that major version: this one, or the first on the path. */
function nodeOf(major: number): string | undefined {
  const onPath = (process.env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, "node"));
  const candidates = [process.execPath, process.env["npm_node_execpath"], ...onPath, "/usr/local/bin/node"];
  return candidates.find(
    (path) =>
      path !== undefined && spawnSync(path, ["--version"], { encoding: "utf8" }).stdout?.startsWith(`v${major}.`),
  );
}

describe("the packed packages in an empty directory outside the workspace", { timeout: 180_000 }, () => {
  let site: InstalledSite;
  const running: RunningProgram[] = [];
  before(() => {
    const packed = workspacePackages().map(({ room }) => join(PACKED, "first", `countersign-${room}-${VERSION}.tgz`));
    site = installedSite(join(PACKED, "site"), packed);
  });
  after(async () => {
    for (const program of running.toReversed()) await program.end("SIGTERM");
  });
  it("come from the tarballs alone, whatever the registry has under their names", () => {
    const { packages } = JSON.parse(readFileSync(join(site.directory, "package-lock.json"), "utf8"));
    for (const { manifest } of workspacePackages())
      assert.match(packages[`node_modules/${manifest.name}`]?.resolved, /^file:.*\.tgz$/);
    const paths = Object.keys(packages).filter((path) => path.includes("/@countersign/"));
    assert.equal(paths.length, workspacePackages().length, "each is there once");
  });

  it("have a command that says the version, and under an older Node says which it needs", (t) => {
    assert.equal(site.countersign("--version"), `${VERSION}\n`);
    const older = nodeOf(20);
    if (older === undefined) return t.diagnostic("no Node 20 on the path: the second half was not looked at");
    const { status, stderr } = spawnSync(older, [INSTALLED_COMMAND, "--version"], {
      ...{ cwd: site.directory, env: site.env, encoding: "utf8" },
    });
    assert.equal(status, 2);
    assert.match(stderr, /^expected Node 24 or newer, found 20\.\S+ [^\n]*\n {2}hint: install Node 24/);
  });

  it("have every command that a package names, where npm puts commands, and each says how it is used", () => {
    for (const { room, manifest } of workspacePackages()) {
      for (const [name, path] of Object.entries(manifest.bin ?? {})) {
        assert.ok(readdirSync(join(site.directory, "node_modules", ".bin")).includes(name), name);
        // On Windows `slmgr` is Microsoft's: there ours says so and ends.
        if (process.platform === "win32" && name === "slmgr") continue;
        const command = join("node_modules", "@countersign", room, path);
        const { stdout, stderr } = spawnSync(process.execPath, [command], {
          ...{ cwd: site.directory, env: site.env, encoding: "utf8" },
        });
        assert.match(stdout, new RegExp(`^Usage: ${name} `), stderr);
      }
    }
  });

  it("have types that hold in strict mode, those of libraries included: the SDK without any of a browser", () => {
    cpSync(join(ROOT, EXAMPLE), join(site.directory, "typed-sdk"), { recursive: true });
    const use = [
      'import { openLicense, type License } from "@countersign/client/node";',
      "export const open = (trust: Uint8Array): Promise<License> => openLicense({ trust, product: '' });",
      "// @ts-expect-error a trust file is bytes",
      "export const wrong = openLicense({ trust: 'example.cstrust', product: '' });",
    ];
    compile(site, "typed-sdk", { text: use.join("\n"), more: ["licence.js", "terminal.js"], lib: ["es2023"] });
    const doors = workspacePackages().flatMap(({ manifest: { name, exports } }) =>
      Object.keys(exports)
        .filter((door) => !door.includes("*"))
        .map((door) => `${name}${door.slice(1)}`),
    );
    const imports = doors.map((door, index) => `import type * as door${index} from "${door}";`);
    // Connect's own types want `HeadersInit`, whose only name is a browser's.
    compile(site, "typed-doors", { text: imports.join("\n"), more: [], lib: ["es2024", "dom"] });
  });

  for (const major of [20, 24]) {
    const node = nodeOf(major);
    const skip = node === undefined && process.env["CI"] === undefined && `no Node ${major} on the path`;
    it(`take the same signatures on Node ${major} as on any other: OpenSSL's versions differ`, { skip }, () => {
      assert.ok(node !== undefined, `expected a Node ${major} on the path`);
      const script = `
        import { nodeCryptography } from "@countersign/protocol/node";
        const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));
        for (const { publicKey, message, signature } of ${JSON.stringify(SPECCHECK)})
          console.log(await nodeCryptography.verify(1, bytes(publicKey), bytes(message), bytes(signature)));`;
      const { stdout, stderr } = spawnSync(node, ["--input-type=module", "--eval", script], {
        ...{ cwd: site.directory, env: site.env, encoding: "utf8" },
      });
      const taken = stdout
        .trim()
        .split("\n")
        .flatMap((said, index) => (said === "true" ? [index] : []));
      assert.deepEqual([stdout.trim().split("\n").length, taken], [12, [3]], stderr);
    });

    it(`license a program on Node ${major}, which shows each change without a restart`, { skip }, async () => {
      assert.ok(node !== undefined, `expected a Node ${major} on the path`);
      const start = (...command: readonly [string, ...string[]]) => {
        const program = startProgram(command, { cwd: site.directory, env: site.env });
        running.push(program);
        return program;
      };
      const directory = `on-node-${major}`;
      const words = ["demo", "--machines", "0", "--required", "2", "--data", join(directory, "demo"), "-o", "json"];
      const demo = start(process.execPath, INSTALLED_COMMAND, ...words);
      const { host } = await demo.until(wholeJson());
      const neighbour = settleExample(site, directory, `127.0.0.1:${host.port}`);

      const program = start(node, join(directory, "terminal.js"), join(directory, "settings.json"));
      const first: LicenceView = await program.until(JSON.parse);
      assert.deepEqual([first.title, first.isLicensed, first.mayEdit], ["Initial grace period", false, true]);
      program.say("activate");
      const alone = await program.until(viewWhere((view) => view.problem !== ""));
      assert.deepEqual([alone.isLicensed, alone.count], [false, "1 of 2"]);
      assert.equal(alone.problem, "expected a current count of at least 2, found 1");

      site.countersign("client", "activate", "--data", neighbour);
      program.say("activate");
      const licensed = await program.until(viewWhere((view) => view.isLicensed));
      assert.deepEqual([licensed.title, licensed.problem, licensed.count], ["Licensed", "", "2 of 2"]);
      assert.equal(await program.end("end of input"), 0);
      assert.equal(await demo.end("SIGTERM"), 0);
    });
  }
});

/** Compiles a program of the site as a careful vendor does: strict, with the types of libraries checked too. */
function compile(
  site: InstalledSite,
  directory: string,
  { text, more, lib }: { readonly text: string; readonly more: readonly string[]; readonly lib: readonly string[] },
): void {
  const place = join(site.directory, directory);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "use.ts"), text);
  const compilerOptions = {
    ...{ strict: true, noEmit: true, allowJs: true, checkJs: true, skipLibCheck: false },
    ...{ module: "nodenext", target: "es2022", types: ["node"], lib },
  };
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["use.ts", ...more] }));
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", directory], {
    ...{ cwd: site.directory, encoding: "utf8" },
  });
  assert.equal(status, 0, stdout);
}

/** What a package of this workspace says of itself, as far as a release reads it. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly type: "module";
  readonly engines: { readonly node: string };
  readonly bin?: Readonly<Record<string, string>>;
  /** Each door of the package and its source file. */
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** One door of a published package. Types come first: the first condition that holds is taken. */
export interface PublishedDoor {
  readonly types: string;
  readonly default: string;
}

const NODES = [">=20", ">=24"];

/** Throws an Error that names the field when a manifest cannot be released at `version`. */
export function checkManifest({ name, ...manifest }: Partial<Manifest>, version: string): void {
  expectField(`${name}: version`, [version], manifest.version);
  expectField(`${name}: engines.node`, NODES, manifest.engines?.node);
  if (!manifest.description) throw fault(`${name}: description`, "a sentence", manifest.description);
  for (const [dependency, wanted] of Object.entries(manifest.dependencies ?? {}))
    if (dependency.startsWith("@countersign/")) expectField(`${name}: ${dependency}`, [version], wanted);
  for (const [door, source] of Object.entries(manifest.exports ?? {}))
    if (!/^\.\/src\/.+\.ts$/.test(source)) throw fault(`${name}: the door ${door}`, "./src/….ts", source);
}

/**
 * The manifest as it is packed: the doors lead to JavaScript and types, because Node strips no types under node_modules.
 * The tree's own stays as it is: there they lead to the sources.
 */
export function publishedManifest(manifest: Manifest) {
  const { name, version, description, license, type, engines, bin, exports, dependencies } = manifest;
  const doors = Object.fromEntries(Object.entries(exports).map(([door, source]) => [door, publishedDoor(source)]));
  const front = doors["."];
  return {
    ...{ name, version, description, license, type, engines },
    ...(bin && { bin }),
    // For readers that know no `exports`.
    ...(front && { main: front.default, types: front.types }),
    exports: { ...doors, "./package.json": "./package.json" },
    files: bin === undefined ? ["dist"] : ["bin", "dist"],
    dependencies: dependencies ?? {},
  };
}

/** What a registry shows of the package. */
export function readmeOf({ name, version, description, license, engines }: Manifest): string {
  return [
    `# ${name}`,
    "",
    `${description}.`,
    "",
    `Part of Countersign ${version}, a Key Management Service for volume activation. All its packages have one version;`,
    `use the same of each. Needs Node ${engines.node.replace(">=", "")} or newer. ES modules with types. Licence: ${license}.`,
    "",
  ].join("\n");
}

function publishedDoor(source: string): PublishedDoor {
  const stem = source.replace("./src/", "./dist/").replace(/\.ts$/, "");
  return { types: `${stem}.d.ts`, default: `${stem}.js` };
}

function expectField(field: string, allowed: readonly string[], found: string | undefined): void {
  if (found === undefined || !allowed.includes(found)) throw fault(field, allowed.join(" or "), found);
}

function fault(field: string, expected: string, found: string | undefined): Error {
  return new Error(`${field}: expected ${expected}, found ${found || "nothing"}`);
}

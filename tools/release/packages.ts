import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../source-files.ts";
import type { Manifest } from "./manifest.ts";

/** A package of this workspace. */
export interface WorkspacePackage {
  readonly directory: string;
  /** The name of its folder: `client`. */
  readonly room: string;
  readonly manifest: Manifest;
}

/** Every package under packages/, by name. */
export function workspacePackages(): readonly WorkspacePackage[] {
  return readdirSync(join(ROOT, "packages"))
    .sort()
    .map((room) => ({ room, directory: join(ROOT, "packages", room) }))
    .filter(({ directory }) => existsSync(join(directory, "package.json")))
    .map((place) => ({ ...place, manifest: readJson(join(place.directory, "package.json")) as Manifest }));
}

/** The one version of everything here. */
export function releaseVersion(): string {
  const { version } = readJson(join(ROOT, "package.json")) as { readonly version: string };
  return version;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

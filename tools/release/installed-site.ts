import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { ROOT } from "../source-files.ts";

/** An empty directory outside the workspace into which the tarballs were installed. */
export interface InstalledSite {
  readonly directory: string;
  /** Nothing of the account's own is seen or changed in it. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs the installed `countersign` to its end under this Node and answers its stdout; throws unless it ends with 0. */
  countersign(...words: readonly string[]): string;
}

/** Where a program that npm installed begins, for `node <file>`: its link in .bin is a shell script on Windows. */
export const INSTALLED_COMMAND = join("node_modules", "@countersign", "cli", "bin", "countersign.mjs");

/** npm installs the tarballs into a new directory, and what they depend on from the registry. */
export function installedSite(directory: string, tarballs: readonly string[]): InstalledSite {
  const home = join(directory, "home");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(directory, "package.json"), '{ "private": true, "type": "module" }\n');
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];
  run([npm, "install", ...quiet, `@types/node@${devDependencies["@types/node"]}`, ...tarballs], directory, {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`,
    npm_config_update_notifier: "false",
  });
  const env = {
    ...{ PATH: process.env["PATH"], HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, TMPDIR: home },
    NODE_COMPILE_CACHE: join(home, "compiled"),
  };
  return {
    directory,
    env,
    countersign: (...words) => run([process.execPath, INSTALLED_COMMAND, ...words], directory, env),
  };
}

function run([program = "", ...words]: readonly string[], cwd: string, env: NodeJS.ProcessEnv): string {
  const shell = program.endsWith(".cmd");
  const { status, stdout, stderr, error } = spawnSync(program, words, { cwd, env, shell, encoding: "utf8" });
  if (status !== 0)
    throw new Error(`expected ${[program, ...words].join(" ")} to end with 0, found ${error?.message ?? stderr}`);
  return stdout;
}

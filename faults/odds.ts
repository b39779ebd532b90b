import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Network } from "@countersign/testkit/node";

/** What a deed leaves behind besides files: strange programs and file systems. */
export interface Odds {
  /** Resolves, once it printed something, to what ends it. */
  leave(machine: string, line: string): Promise<() => Promise<void>>;
  /** `options` as `mount -t tmpfs -o` knows them; what was in the directory is in the new file system. */
  mount(directory: string, options: readonly string[]): Promise<void>;
  clear(): Promise<void>;
}

/** Keeps book of them, so that a site can be put back. */
export function openOdds(network: Network): Odds {
  const programs: ChildProcess[] = [];
  const mounts: string[] = [];
  return {
    async leave(machine, line) {
      const [program = "", ...args] = [...network.on(machine), "sh", "-c", `exec ${line}`];
      const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
      programs.push(child);
      await once(child.stdout, "data");
      return () => ended(child);
    },
    async mount(directory, options) {
      const kept = mkdtempSync(join(tmpdir(), "countersign-mount-"));
      done("cp", "-a", `${directory}/.`, kept);
      mkdirSync(directory, { recursive: true });
      done(
        "mount",
        "-t",
        "tmpfs",
        "-o",
        ["size=64m", ...options].filter((one) => one !== "ro").join(","),
        "tmpfs",
        directory,
      );
      mounts.push(directory);
      done("cp", "-a", `${kept}/.`, directory);
      rmSync(kept, { recursive: true, force: true });
      if (options.includes("ro")) done("mount", "-o", "remount,ro", directory);
    },
    async clear() {
      for (const child of programs.splice(0)) await ended(child);
      for (const directory of mounts.splice(0)) done("umount", "--lazy", directory);
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "close");
  if (child.kill("SIGKILL")) await gone;
}

function done(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`expected ${program} ${args.join(" ")} to end with 0, found ${status}: ${stderr}`);
}

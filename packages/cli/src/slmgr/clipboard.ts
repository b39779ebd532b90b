import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Shell } from "../command.ts";
import { refused } from "../refusal-report.ts";

/** Programs that own a clipboard, and what says that there is one. */
const CLIPBOARDS: readonly { readonly command: readonly string[]; readonly needs: string; readonly on: string }[] = [
  { command: ["wl-copy"], needs: "WAYLAND_DISPLAY", on: "linux" },
  { command: ["xclip", "-selection", "clipboard"], needs: "DISPLAY", on: "linux" },
  { command: ["pbcopy"], needs: "", on: "darwin" },
  { command: ["clip"], needs: "", on: "win32" },
];

/** Keeps what slmgr printed for `/copy`. It holds no key; where it cannot be kept, nothing is lost but `/copy`. */
export async function keepOutput(text: string, shell: Shell): Promise<void> {
  const path = outputPlace(shell);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, text, { mode: 0o600 });
  } catch {
    // A home that cannot be written is no reason to fail what was asked for.
  }
}

/** Puts what was kept on the clipboard; answers the program that took it. */
export async function copyOutput(shell: Shell): Promise<string> {
  const text = await readFile(outputPlace(shell), "utf8").catch(() => undefined);
  if (text === undefined) throw refused("NOT_FOUND", { what: "output of slmgr to copy", name: "none yet" });
  for (const { command, needs, on } of CLIPBOARDS) {
    const isHere = on === shell.platform && (needs === "" || (shell.env[needs] ?? "") !== "");
    if (isHere && (await piped(command, text))) return command[0] ?? "";
  }
  throw refused("OPTION_NOT_APPLICABLE", {
    option: "/copy",
    detail: "no clipboard was found (wl-copy, xclip, pbcopy, clip)",
    nearest: "write the output to a file: slmgr /dlv > licence.txt",
  });
}

function outputPlace({ env, home }: Pick<Shell, "env" | "home">): string {
  const cache = env["XDG_CACHE_HOME"];
  return join(cache !== undefined && cache !== "" ? cache : join(home, ".cache"), "countersign", "slmgr-output.txt");
}

async function piped([program = "", ...words]: readonly string[], text: string): Promise<boolean> {
  const child = spawn(program, words, { stdio: ["pipe", "ignore", "ignore"] });
  child.stdin.on("error", () => {});
  child.stdin.end(text);
  return once(child, "exit").then(
    ([code]) => code === 0,
    () => false,
  );
}

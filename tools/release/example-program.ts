import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../source-files.ts";
import type { InstalledSite } from "./installed-site.ts";

/** The application that the installed packages are tried with, from the root. */
export const EXAMPLE = join("examples", "electron-style");

/** What `terminal.js` prints, as far as it is looked at. */
export interface LicenceView {
  readonly title: string;
  readonly isLicensed: boolean;
  readonly mayEdit: boolean;
  readonly problem: string;
  readonly count: string;
}

/** The example with what a vendor builds in; answers the directory of another machine that is set up, not activated. */
export function settleExample(site: InstalledSite, directory: string, host: string): string {
  const [trust, neighbour] = [join(directory, "example.cstrust"), join(directory, "neighbour")];
  cpSync(join(ROOT, EXAMPLE), join(site.directory, directory), { recursive: true });
  site.countersign("publisher", "export-trust", "--data", join(directory, "demo", "publisher"), "--file", trust);
  const product = ["--product", "Example Editor"];
  site.countersign("client", "init", "--data", neighbour, "--trust", trust, "--host", host, ...product);
  const made = JSON.parse(readFileSync(join(site.directory, neighbour, "client.json"), "utf8"));
  const settings = {
    trust: "./example.cstrust",
    store: "./store",
    host,
    product: made.product,
    setupKey: made.setupKey,
  };
  writeFileSync(join(site.directory, directory, "settings.json"), JSON.stringify(settings));
  return neighbour;
}

/** Reads lines until a view is as wanted. */
export function viewWhere(holds: (view: LicenceView) => boolean): (line: string) => LicenceView | undefined {
  return (line) => {
    const view: LicenceView = JSON.parse(line);
    return holds(view) ? view : undefined;
  };
}

/** Reads one JSON value that is printed over many lines. */
export function wholeJson() {
  let text = "";
  return (line: string) => {
    text += line;
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  };
}

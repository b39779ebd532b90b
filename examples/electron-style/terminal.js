// The same application without a window: each view is a line of JSON; the line `activate` is the button, the end of the
// input closes it. Run: node terminal.js [settings.json]
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { followLicence, readSettings } from "./licence.js";

const [, , file = "settings.json"] = process.argv;
const licence = await followLicence(await readSettings(pathToFileURL(file)), (view) => {
  process.stdout.write(`${JSON.stringify(view)}\n`);
});
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "activate") await licence.activate();
}
await licence.close();

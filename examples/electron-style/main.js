// Electron's main process: the licence lives here, the window gets views. Not run by our tests; licence.js is.
import { fileURLToPath } from "node:url";
import { app, BrowserWindow, ipcMain } from "electron";
import { followLicence, readSettings } from "./licence.js";

const near = (name) => fileURLToPath(new URL(name, import.meta.url));

await app.whenReady();
const win = new BrowserWindow({ width: 520, height: 420, webPreferences: { preload: near("preload.cjs") } });
/** A page that has just loaded asks for this one. */
let latest;
const licence = await followLicence(await readSettings(new URL("settings.json", import.meta.url)), (view) => {
  latest = view;
  if (!win.isDestroyed()) win.webContents.send("licence:view", view);
});
ipcMain.handle("licence:latest", () => latest);
ipcMain.handle("licence:activate", () => licence.activate());
app.on("window-all-closed", async () => {
  await licence.close();
  app.quit();
});
await win.loadFile(near("window.html"));

// The only bridge: the page sees views and one button, and nothing of Node.
const { contextBridge, ipcRenderer } = require("electron");

contextBridge.exposeInMainWorld("licence", {
  latest: () => ipcRenderer.invoke("licence:latest"),
  activate: () => ipcRenderer.invoke("licence:activate"),
  onView: (draw) => ipcRenderer.on("licence:view", (_event, view) => draw(view)),
});

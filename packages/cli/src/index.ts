export type { Page } from "./pages.ts";
export { commandPages } from "./pages.ts";
export { slmgrPage } from "./slmgr/slmgr-page.ts";

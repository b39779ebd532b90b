export type { Page } from "./pages.ts";
export { commandPages } from "./pages.ts";

export type { Page } from "./pages.ts";
export { generatedPages } from "./pages.ts";

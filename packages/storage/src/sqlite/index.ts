export { openSqliteHostStore } from "./host-store.ts";
export type { OpenOptions } from "./open-database.ts";

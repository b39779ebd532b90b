export { openSqliteHostStore, openSqliteHostStoreForReading } from "./host-store.ts";
export type { OpenOptions } from "./open-database.ts";
export { openSqlitePublisherStore } from "./publisher-store.ts";

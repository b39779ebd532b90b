export { openMemoryHostStore } from "./host-store.ts";
export { openMemoryPublisherStore } from "./publisher-store.ts";

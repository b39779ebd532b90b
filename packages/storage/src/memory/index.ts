export { openMemoryHostStore } from "./host-store.ts";

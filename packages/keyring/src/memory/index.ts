export { openMemoryKeyring } from "./memory-keyring.ts";

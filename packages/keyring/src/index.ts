export { KeyFault, type KeyFaultReason, type Keyring } from "./keyring.ts";
export { refusalOfKeyFault } from "./named-key-fault.ts";

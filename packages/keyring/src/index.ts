export { KeyFault, type KeyFaultReason, type Keyring } from "./keyring.ts";

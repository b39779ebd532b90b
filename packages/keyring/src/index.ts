export { KeyFault, type KeyFaultReason, type Keyring, SECRET_LIMIT_BYTES } from "./keyring.ts";
export { refusalOfKeyFault } from "./named-key-fault.ts";
export { type SecretSource, secretInFile, secretSource } from "./secret-source.ts";

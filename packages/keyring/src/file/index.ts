export { type FileKeyringOptions, openFileKeyring, openFileKeyringForReading } from "./file-keyring.ts";

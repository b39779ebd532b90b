export { type FileKeyringOptions, openFileKeyring } from "./file-keyring.ts";

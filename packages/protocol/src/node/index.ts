export { nodeCryptography, nodeScrypt, signerOf } from "./node-cryptography.ts";

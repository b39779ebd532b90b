import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MachineIdentity } from "../../machine-identity.ts";
import { componentFrom, computerNameFrom } from "./placeholders.ts";

/**
 * FOR DEMONSTRATIONS AND TESTS: a made-up machine instead of the real one, so that many clients on one computer count as
 * many. Nothing chooses it but an explicit argument of the caller. `seed` is any text; equal seeds are equal machines.
 */
export function fixedIdentity(seed: string, computerName: string): MachineIdentity {
  const made = (kind: string, length: number) =>
    createHash("sha256").update(`${kind} ${seed}`).digest("hex").slice(0, length);
  const reading = {
    components: [
      ...componentFrom("smbiosUuid", made("smbios", 32)),
      ...componentFrom("primaryMac", made("mac", 12)),
      ...componentFrom("boardSerial", made("board", 12)),
      ...componentFrom("osInstallId", made("os", 32)),
      ...componentFrom("rootVolumeId", made("volume", 32)),
      ...componentFrom("cpuModel", "demonstration"),
    ],
    computerName: computerNameFrom(computerName),
    isVirtual: false,
    isContainer: false,
    vmGenerationId: "",
  };
  return { read: async () => reading };
}

/** fixedIdentity from the file `machine-seed` of a store directory: `SEED NAME` on one line. */
export async function fixedIdentityOf(storeDirectory: string): Promise<MachineIdentity> {
  const text = await readFile(join(storeDirectory, "machine-seed"), "utf8");
  const [seed = "", name = ""] = text.trim().split(/\s+/);
  return fixedIdentity(seed, name);
}

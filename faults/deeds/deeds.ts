import { CLOCKED } from "./clock.ts";
import { COMMANDED } from "./command.ts";
import type { Deeds } from "./deed.ts";
import { FILED } from "./file.ts";
import { KILLED } from "./kill.ts";
import { FILTERED } from "./nftables.ts";
import { VIRTUAL } from "./virtual.ts";
import { ZONED } from "./zone.ts";

/** Every fault's deed, by the id it has in the catalogue. */
export const DEEDS: Deeds = { ...KILLED, ...FILTERED, ...ZONED, ...FILED, ...CLOCKED, ...COMMANDED, ...VIRTUAL };

import { constants, setPriority } from "node:os";

const { PRIORITY_BELOW_NORMAL, PRIORITY_NORMAL } = constants.priority;

/** Lowers or restores the scheduling priority of this process; the reason where the system does not permit it. */
export function setProcessPriority(isLow: boolean): string | undefined {
  try {
    setPriority(isLow ? PRIORITY_BELOW_NORMAL : PRIORITY_NORMAL);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

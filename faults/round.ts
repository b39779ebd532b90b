import type { Fault } from "./catalogue.ts";

/** Faults that every round has: the host, DNS and the way between, which most calls for help are about. */
const ALWAYS = ["host-stopped", "srv-missing", "port-dropped"];

/** A small round: those, and by a seed one more of each other means. */
export function roundOf(faults: readonly Fault[], seed: number): readonly Fault[] {
  const means = [...new Set(faults.map((fault) => fault.means))];
  const always = faults.filter(({ id }) => ALWAYS.includes(id));
  const drawn = means
    .filter((kind) => !always.some((fault) => fault.means === kind))
    .flatMap((kind, i) => {
      const kin = faults.filter((fault) => fault.means === kind);
      return kin.slice((seed >>> (i * 4)) % kin.length).slice(0, 1);
    });
  return [...always, ...drawn];
}

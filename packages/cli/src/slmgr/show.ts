import {
  dliLines,
  dlvLines,
  hresultText,
  LICENSE_STATUS_TEXT,
  type LicenceFacts,
  licenceWarnings,
  REFUSALS,
  SOFTWARE_VERSION,
  xprLines,
} from "@countersign/domain";
import { refused } from "../refusal-report.ts";
import type { Outcome } from "./outcome.ts";
import type { Sides } from "./sides.ts";

/** The licences of a machine: its host's first, then its products'. */
export interface Licences {
  readonly softwareVersion: string;
  readonly host: readonly LicenceFacts[];
  readonly client: readonly LicenceFacts[];
}

/** Reads both sides. */
export async function licencesOf({ host, client }: Sides): Promise<Licences> {
  const hosts = await host?.((side) => side.licences());
  const clients = await client?.((side) => side.licences());
  return {
    softwareVersion: hosts?.softwareVersion ?? SOFTWARE_VERSION,
    host: hosts?.licences ?? [],
    client: clients ?? [],
  };
}

/** Those an operand of `/dlv ID` names; "" and All are all of them. KEY_NOT_INSTALLED and NOT_FOUND where there is none. */
export function chosen(licences: readonly LicenceFacts[], id: string): readonly LicenceFacts[] {
  if (licences.length === 0) throw refused("KEY_NOT_INSTALLED");
  if (id === "" || id.toLowerCase() === "all") return licences;
  const found = licences.filter(({ product }) => product.activationId === id.toLowerCase());
  if (found.length > 0) return found;
  throw refused("NOT_FOUND", { what: "product on this machine", name: id });
}

/** `/dli`, `/dlv` and `/xpr`. */
export async function show(sides: Sides, view: "dli" | "dlv" | "xpr", id: string): Promise<Outcome> {
  const { softwareVersion, host, client } = await licencesOf(sides);
  const licences = chosen([...host, ...client], id);
  const lines = {
    dli: () => dliLines(licences),
    dlv: () => dlvLines(softwareVersion, licences),
    xpr: () => xprLines(licences),
  };
  const [first] = licences;
  return {
    lines: lines[view](),
    json: { softwareVersion, licences: licences.map(withWarnings) },
    rows: licences.map(licenceRow),
    short: first === undefined ? "" : LICENSE_STATUS_TEXT[first.state.status],
  };
}

/** What the lines of `/dlv` warn of, for who reads JSON. */
function withWarnings(facts: LicenceFacts) {
  return facts.client === undefined ? facts : { ...facts, warnings: licenceWarnings(facts) };
}

function licenceRow({ product, state, client, host }: LicenceFacts) {
  return {
    ...{ name: product.name, channel: product.channel, activationId: product.activationId },
    ...{ partialKey: product.partialKey, status: LICENSE_STATUS_TEXT[state.status], reason: state.reason ?? "" },
    code: state.reason === undefined ? "" : hresultText(REFUSALS[state.reason].code),
    ends: state.endsMs === undefined ? "" : new Date(state.endsMs).toISOString(),
    cmid: client?.cmid ?? "",
    currentCount: host?.currentCount ?? "",
  };
}

import { LICENSE_STATUS } from "../license-status.ts";
import { printableText } from "../printable-text.ts";
import type { LicenceFacts } from "./licence-facts.ts";
import { LINES } from "./line-catalogue.ts";
import { instantText } from "./times.ts";

/** The lines of `slmgr /dlv`: the service's version once, then a block a key, each between blank lines. */
export function dlvLines(softwareVersion: string, blocks: readonly LicenceFacts[]): readonly string[] {
  return [`Software licensing service version: ${softwareVersion}`, ...blocks.flatMap((facts) => block(facts, true))];
}

/** The lines of `slmgr /dli`. */
export function dliLines(blocks: readonly LicenceFacts[]): readonly string[] {
  return blocks.flatMap((facts) => block(facts, false));
}

/** The lines of `slmgr /xpr` (kms-behaviour.md §5.3); the product's own name stands where KMS writes Windows. */
export function xprLines(blocks: readonly LicenceFacts[]): readonly string[] {
  return blocks.flatMap((facts) => [`${facts.product.name}:`, `    ${expiryText(facts)}`].map(printableText));
}

function block(facts: LicenceFacts, verbose: boolean): readonly string[] {
  const rows = LINES.filter(({ view }) => verbose || view === "both");
  const lines = rows.flatMap(({ indent, lines: of }) =>
    of(facts).map((line) => (line === "" ? "" : " ".repeat(indent) + printableText(line))),
  );
  return ["", ...lines, ""];
}

function expiryText({ product, state: { status, endsMs } }: LicenceFacts): string {
  const end = endsMs === undefined ? "" : instantText(endsMs);
  switch (status) {
    case LICENSE_STATUS.unlicensed:
      return "Unlicensed";
    case LICENSE_STATUS.licensed:
      return end === "" ? "The machine is permanently activated." : `Volume activation will expire ${end}`;
    case LICENSE_STATUS.initialGrace:
      return `Initial grace period ends ${end}`;
    case LICENSE_STATUS.additionalGrace:
      return `Additional grace period ends ${end}`;
    case LICENSE_STATUS.nonGenuineGrace:
      return `Non-genuine grace period ends ${end}`;
    case LICENSE_STATUS.notification:
      return `${product.name} is in Notification mode`;
  }
}

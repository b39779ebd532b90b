import { readFileSync } from "node:fs";
import { fromUuid, RefusalError, refuse } from "@countersign/domain";
import { parseHostAddress } from "../host-address.ts";
import type { LicensingSettings } from "../licensing-ports.ts";
import type { OpenLicenseOptions } from "./license.ts";

/** The options read once, at the door; throws a RefusalError that names what is wrong. */
export function licenseSettings(options: OpenLicenseOptions): LicensingSettings {
  const activationId = fromUuid(options.product);
  if (activationId === undefined) throw wrong("the activation id of a product, a UUID", `"${options.product}"`);
  return {
    trust: options.trust,
    activationId,
    setupKey: options.setupKey,
    host: hostOf(options.host),
    keepPort: options.keepPort ?? false,
    sendClientName: options.sendClientName ?? true,
    ephemeral: options.ephemeral ?? false,
    sdk: `ts/${packageVersion()}`,
  };
}

function hostOf(text: string | undefined) {
  if (text === undefined) return undefined;
  const parsed = parseHostAddress(text);
  if (!parsed.ok)
    throw wrong("a host as name, name:port, IPv4 or [IPv6]:port", `"${parsed.found}" (${parsed.problem})`);
  return { host: parsed.host, port: parsed.port };
}

function wrong(expected: string, found: string): RefusalError {
  return new RefusalError(refuse("CONFIGURATION_INVALID", { expected, found }));
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const { version } = manifest as { readonly version: string };
  return version;
}

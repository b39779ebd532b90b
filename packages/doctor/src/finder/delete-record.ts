import { formatHostTarget } from "@countersign/client";
import { printableText, type ServiceRecord } from "@countersign/domain";
import type { LeadingRecord, RecordDeletion } from "./report.ts";

/** Names of records that may stand in a command: DNS allows any byte in a label, a shell does not. */
const PLAIN_NAME = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i;

/** Ways to delete exactly that record: data and all, so that other hosts' records of the name stay. */
export function deletionOf(
  { owner: name, zone: asked, priority, weight }: LeadingRecord,
  { target, port }: Pick<ServiceRecord, "target" | "port">,
): RecordDeletion {
  // A CNAME may lead into another zone: then its name is not known here.
  const zone = name === asked || name.endsWith(`.${asked}`) ? asked : "";
  const record = `${name}. IN SRV ${priority} ${weight} ${port} ${target}.`;
  if (![name, target, zone].every((text) => text === "" || PLAIN_NAME.test(text)))
    return { zone, record: printableText(record), nsupdate: [], powershell: "" };
  return {
    zone,
    record,
    nsupdate: [
      ...(zone === "" ? [] : [`zone ${zone}`]),
      `update delete ${name}. SRV ${priority} ${weight} ${port} ${target}.`,
      "send",
    ],
    powershell: zone === "" ? "" : powershellOf({ name, zone, priority, weight, port, target }),
  };
}

/** By its data: -RecordData of SRV differs between versions of Windows Server, an input object does not. */
function powershellOf(record: ServiceRecord & { readonly name: string; readonly zone: string }): string {
  const { name, zone, priority, weight, port, target } = record;
  const inZone = name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1) : name;
  return [
    `Get-DnsServerResourceRecord -ZoneName '${zone}' -Name '${inZone}' -RRType Srv`,
    `Where-Object { $_.RecordData.DomainName -eq '${target}.' -and $_.RecordData.Port -eq ${port} -and $_.RecordData.Priority -eq ${priority} -and $_.RecordData.Weight -eq ${weight} }`,
    `Remove-DnsServerResourceRecord -ZoneName '${zone}' -Force`,
  ].join(" | ");
}

/** `name:port` of a target, as logs and settings write it. */
export function hostTextOf({ target, port }: Pick<ServiceRecord, "target" | "port">): string {
  return formatHostTarget({ host: target, port });
}

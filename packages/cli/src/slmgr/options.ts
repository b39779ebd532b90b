import type { OptionGroup, OptionOperand, OptionRow } from "./option-row.ts";

const NO_OPERANDS: readonly OptionOperand[] = [];
const ACTIVATION_ID: OptionOperand = { text: "[ID]", kind: "uuid" };
const ANY_ID: OptionOperand = { text: "[ID | All]", kind: "uuid or All" };

const LOOK = { side: "either", isElevated: false, success: "", operands: NO_OPERANDS } as const;
const CHANGE = { ...LOOK, isElevated: true } as const;
const NONE = { ...LOOK, side: "none" } as const;
const CLIENT = { ...CHANGE, side: "client" } as const;
const HOST = { ...CHANGE, side: "host" } as const;
const REARM = { ...CLIENT, success: "Command completed successfully. Initial grace has begun again." } as const;

const OFFLINE = {
  kind: "later",
  what: "activation without a network (/dti, /atp)",
  instead: "activate with /ato where the publisher can be reached",
} as const;
const NO_TOKENS = {
  kind: "not applicable",
  detail: "there is no activation by tokens and certificates",
  nearest: "give the machine a setup key with /ipk and a host with /skms",
} as const;
const NO_DIRECTORY = {
  kind: "not applicable",
  detail: "there is no activation through a directory",
  nearest: "run a host: countersign host init, then slmgr /ipk with a host key and /ato",
} as const;

/** THE options of slmgr (behaviour.md §3, kms-behaviour.md §4), in the order help shows them. */
export const OPTIONS: readonly OptionRow[] = [
  ...inGroup("Global", [
    {
      ...CHANGE,
      name: "/ipk",
      operands: [{ text: "<product key>", kind: "key" }],
      about: "Install a product key in place of the one there",
      deed: { kind: "install key" },
    },
    {
      ...LOOK,
      name: "/ato",
      operands: [ACTIVATION_ID],
      about: "Activate now: at a host, or a host at its publisher",
      deed: { kind: "activate" },
    },
    { ...LOOK, name: "/dli", operands: [ANY_ID], about: "Show the licence", deed: { kind: "show", view: "dli" } },
    {
      ...LOOK,
      name: "/dlv",
      operands: [ANY_ID],
      about: "Show everything about the licence",
      deed: { kind: "show", view: "dlv" },
    },
    {
      ...LOOK,
      name: "/xpr",
      operands: [ACTIVATION_ID],
      about: "Show when the licence ends",
      deed: { kind: "show", view: "xpr" },
    },
  ]),
  ...inGroup("Advanced", [
    {
      ...NONE,
      name: "/cpky",
      about: "Nothing to clear",
      deed: { kind: "nothing to do" },
      success: "Nothing to clear: of a product key only its last five symbols can be read.",
    },
    {
      ...NONE,
      name: "/ilc",
      operands: [{ text: "<licence file>", kind: "word" }],
      about: "Nothing to install",
      deed: { kind: "nothing to do" },
      success: "Nothing to install: policies come signed in the trust file, and hosts pass newer ones on.",
    },
    {
      ...NONE,
      name: "/rilc",
      about: "Nothing to reinstall",
      deed: { kind: "nothing to do" },
      success: "Nothing to reinstall: every document is verified whenever it is read.",
    },
    {
      ...REARM,
      name: "/rearm",
      about: "Begin initial grace again, with a new CMID",
      deed: { kind: "rearm", scope: "machine" },
    },
    {
      ...REARM,
      name: "/rearm-app",
      operands: [{ text: "<application ID>", kind: "uuid" }],
      about: "The same for one application; the CMID stays",
      deed: { kind: "rearm", scope: "application" },
    },
    {
      ...REARM,
      name: "/rearm-sku",
      operands: [{ text: "<ID>", kind: "uuid" }],
      about: "The same for one product; the CMID stays",
      deed: { kind: "rearm", scope: "product" },
    },
    {
      ...CHANGE,
      name: "/upk",
      operands: [ACTIVATION_ID],
      about: "Remove the product key",
      deed: { kind: "remove key" },
    },
    { ...LOOK, name: "/dti", operands: [ACTIVATION_ID], about: "Comes with a later version", deed: OFFLINE },
    {
      ...CHANGE,
      name: "/atp",
      operands: [{ text: "<confirmation ID>", kind: "word" }, ACTIVATION_ID],
      about: "Comes with a later version",
      deed: OFFLINE,
    },
    { ...NONE, name: "/copy", about: "Put the last output on the clipboard", deed: { kind: "copy" } },
  ]),
  ...inGroup("KMS client", [
    {
      ...CLIENT,
      name: "/skms",
      operands: [{ text: "<name[:port]>", kind: "host" }, ACTIVATION_ID],
      about: "Ask this host and no other",
      deed: { kind: "set client", setting: "host" },
      success: "Key Management Service machine name set to {value}.",
    },
    {
      ...CLIENT,
      name: "/ckms",
      operands: [ACTIVATION_ID],
      about: "Ask no host in particular",
      deed: { kind: "set client", setting: "host", value: null },
      success: "Key Management Service machine name cleared.",
    },
    {
      ...CLIENT,
      name: "/skms-domain",
      operands: [{ text: "<domain>", kind: "domain" }, ACTIVATION_ID],
      about: "Look up hosts in this domain and no other",
      deed: { kind: "set client", setting: "lookupDomain" },
      success: "Key Management Service lookup domain set to {value}.",
    },
    {
      ...CLIENT,
      name: "/ckms-domain",
      operands: [ACTIVATION_ID],
      about: "Look up hosts in the machine's own domain",
      deed: { kind: "set client", setting: "lookupDomain", value: null },
      success: "Key Management Service lookup domain cleared.",
    },
    {
      ...CLIENT,
      name: "/skhc",
      about: "Ask the host that answered last first",
      deed: { kind: "set client", setting: "hostCaching", value: true },
      success: "KMS host caching is enabled.",
    },
    {
      ...CLIENT,
      name: "/ckhc",
      about: "Look for a host anew each time",
      deed: { kind: "set client", setting: "hostCaching", value: false },
      success: "KMS host caching is disabled.",
    },
    {
      ...NONE,
      name: "/act-type",
      operands: [{ text: "[0 | 1 | 2 | 3]", kind: "word" }, ACTIVATION_ID],
      about: "Nothing to choose",
      deed: { kind: "nothing to do" },
      success: "Nothing to choose: the product key says how a machine activates.",
    },
  ]),
  ...inGroup("KMS host", [
    {
      ...HOST,
      name: "/sprt",
      operands: [{ text: "<port>", kind: "word" }],
      about: "The port clients ask at",
      deed: { kind: "set host", setting: "listeningPort" },
      success: "KMS port set to {value}. It is in every answer from now on; the port before it is closed.",
    },
    {
      ...HOST,
      name: "/sai",
      operands: [{ text: "<minutes>", kind: "word" }],
      about: "Time until a machine asks again, 15 to 43200",
      deed: { kind: "set host", setting: "activationIntervalMinutes" },
      success: "Volume activation interval set to {value} minutes, in every answer from now on.",
    },
    {
      ...HOST,
      name: "/sri",
      operands: [{ text: "<minutes>", kind: "word" }],
      about: "Time until a machine renews, 15 to 43200",
      deed: { kind: "set host", setting: "renewalIntervalMinutes" },
      success: "Volume renewal interval set to {value} minutes, in every answer from now on.",
    },
    {
      ...HOST,
      name: "/sdns",
      about: "Publish the host in DNS, at once and every day",
      deed: { kind: "set host", setting: "dnsPublishing", value: "on" },
      success: "DNS publishing enabled.",
    },
    {
      ...HOST,
      name: "/cdns",
      about: "Do not publish the host in DNS; what is there stays",
      deed: { kind: "set host", setting: "dnsPublishing", value: "off" },
      success: "DNS publishing disabled.",
    },
    {
      ...HOST,
      name: "/spri",
      about: "Run the host at normal priority",
      deed: { kind: "set host", setting: "lowPriority", value: "off" },
      success: "KMS priority set to Normal.",
    },
    {
      ...HOST,
      name: "/cpri",
      about: "Run the host at low priority",
      deed: { kind: "set host", setting: "lowPriority", value: "on" },
      success: "KMS priority set to Low.",
    },
  ]),
  ...inGroup("Token", [
    foreign("/lil", NO_TOKENS),
    foreign("/ril", NO_TOKENS, "<ILID>", "<ILvID>"),
    foreign("/ltc", NO_TOKENS),
    foreign("/fta", NO_TOKENS, "<thumbprint>", "[PIN]"),
    foreign("/stao", NO_TOKENS),
    foreign("/ctao", NO_TOKENS),
  ]),
  ...inGroup("AD", [
    foreign("/ad-activation-online", NO_DIRECTORY, "<product key>", "[name]"),
    foreign("/ad-activation-get-iid", NO_DIRECTORY, "<product key>"),
    foreign("/ad-activation-apply-cid", NO_DIRECTORY, "<product key>", "<confirmation ID>", "[name]"),
    foreign("/ao-list", NO_DIRECTORY),
    foreign("/del-ao", NO_DIRECTORY, "<name>"),
  ]),
];

type Row = Omit<OptionRow, "group">;

function inGroup(group: OptionGroup, rows: readonly Row[]): readonly OptionRow[] {
  return rows.map((row) => ({ group, ...row }));
}

/** An option of a way to activate that we do not have. */
function foreign(name: string, deed: typeof NO_TOKENS | typeof NO_DIRECTORY, ...texts: readonly string[]): Row {
  const operands = texts.map((text) => ({ text, kind: "word" }) as const);
  return { ...NONE, name, operands, about: "Does not apply", deed };
}

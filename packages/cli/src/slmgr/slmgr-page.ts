import { HOST_SETTINGS, hostSettingText } from "@countersign/domain";
import type { Page } from "../pages.ts";
import { OPTION_GROUPS, type OptionRow } from "./option-row.ts";
import { OPTIONS } from "./options.ts";
import { shapeOf } from "./slmgr-help.ts";

/** `docs/reference/slmgr.md`. */
export function slmgrPage(): Page {
  const blocks = OPTION_GROUPS.map((group) => {
    const rows = OPTIONS.filter((option) => option.group === group).map(rowOf);
    return [
      `## ${group}`,
      ["| Option | Whose | Elevated | What it does | What it says |", "|---|---|---|---|---|", ...rows].join("\n"),
    ];
  });
  return { path: "reference/slmgr.md", text: `${[HEAD, ...blocks.flat(), SETTINGS].join("\n\n")}\n` };
}

const HEAD = `# slmgr

<!-- Made by \`npm run generate\` from packages/cli/src/slmgr/options.ts; change it there. -->

\`slmgr [HOST[:PORT]] /option [arguments]\` is \`countersign slmgr …\`. Options begin with \`/\` or \`-\`, in any case. Without HOST it
speaks of this machine: its host first, then its products, which its agent keeps or a directory of \`countersign client init\`.
\`ID\` is an activation ID that \`/dlv\` shows. \`-o json\` gives the same facts as one object. On Windows only
\`countersign slmgr\` is there, because \`slmgr\` is Microsoft's.

HOST is another machine's host, asked at its admin port (1689 unless named) with a token that
\`countersign host admin add\` made there: \`--token-file FILE\`, \`COUNTERSIGN_TOKEN\`, \`COUNTERSIGN_TOKEN_FILE\` or stdin. Away
from loopback it is asked over TLS only; \`--ca-file FILE\` trusts more than the system does. Elevated options need root or
the owner of the socket on this machine, and from afar a role above viewer; to install or remove keys it is administrator.

Exit codes: 0 done; 2 not understood; 4 nobody answers; 5 not authorised; 6 not activated; 7 refused; 8 in conflict, such
as a setting that option or environment pins; 1 an option that does not apply, or that a later version brings.`;

const SETTINGS = `## What the host options set

| Setting | Option | Must be | Default | What changes |
|---|---|---|---|---|
${Object.entries(HOST_SETTINGS)
  .filter(([, row]) => row.slmgr.length > 0)
  .map(([name, row]) => {
    const fallback = row.fallbackText ?? hostSettingText(name as keyof typeof HOST_SETTINGS, row.fallback);
    return `| \`${name}\` | ${row.slmgr.map((option) => `\`${option}\``).join(", ")} | ${row.expected} | ${fallback} | ${row.changes} |`;
  })
  .join("\n")}

Each change is kept in the host's store, is in force at once, and is event [30012](events/30012.md). An option of
\`countersign host serve\` and an environment variable go before it and pin the setting; the configuration file does not.`;

function rowOf(option: OptionRow): string {
  const whose = { host: "host", client: "client", either: "both", none: "-" }[option.side];
  const cells = [`\`${shapeOf(option)}\``, whose, option.isElevated ? "yes" : "no", option.about, saysOf(option)];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function saysOf({ success, deed }: OptionRow): string {
  switch (deed.kind) {
    case "not applicable":
      return `Refused: ${deed.detail}; ${deed.nearest}`;
    case "later":
      return `Refused: it comes with a later version; ${deed.instead}`;
    case "show":
      return "";
    case "install key":
      return "Installed product key \\*\\*\\*\\*\\*-…-XXXXX of … successfully.";
    case "remove key":
      return "Uninstalled product key \\*\\*\\*\\*\\*-…-XXXXX of … successfully.";
    case "activate":
      return "Product activated successfully.";
    case "copy":
      return "Copied by ….";
    case "nothing to do":
    case "rearm":
    case "set host":
    case "set client":
      return success.replace("{value}", "…");
  }
}

import { readFile } from "node:fs/promises";
import { readSetting } from "@countersign/client";
import { findingLines, LICENSE_STATUS, licenceWarnings, RefusalError } from "@countersign/domain";
import { chooseProduct } from "../chosen-product.ts";
import { makeClient, openClient } from "../client-settings.ts";
import type { Action, Given } from "../command.ts";
import { refusalReport, refused } from "../refusal-report.ts";
import { setUpDirectory, targetDirectory } from "../target.ts";
import { EXIT, fieldLines } from "../terminal.ts";
import { instantText, textOf } from "./words.ts";

/** Sets this machine up for one product. */
export const init: Action = async (given, shell) => {
  const directory = await targetDirectory("client", given, shell);
  const path = textOf(given, "trust") ?? "";
  const trust = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw refused("FILE_UNREADABLE", { path, detail: error.code ?? error.message });
  });
  const find = findWishes(given);
  const wanted = { setupKey: textOf(given, "setupKey"), product: textOf(given, "product") };
  const { activationId, name, setupKey, publisherName } = await chooseProduct(trust, wanted);
  await makeClient(directory, { format: 1, product: activationId, productName: name, setupKey, find, trust });
  const { host, lookupDomain: domain } = find;
  const row = { product: name, publisher: publisherName, host, domain, directory };
  const where = domain === "" ? "this machine's domain" : domain;
  const which = host === "" ? `hosts are looked up in ${where}` : `host ${host}`;
  const lines = [`${name} of ${publisherName} set up, ${which}; next: countersign client activate`];
  shell.terminal.answer({ json: row, rows: [row], short: name, lines });
  return EXIT.ok;
};

/** What is said of finding a host, each word as it is to be. */
function findWishes(given: Given) {
  const wishes = [
    ["host", "host", "host", "name, name:port, IPv4 or [IPv6]:port"],
    ["lookupDomain", "domain", "domain", "a domain name"],
    ["dnsServers", "dnsServer", "dns-server", "at most 4 of ip, ip:port or [IPv6]:port with commas between"],
  ] as const;
  const texts = wishes.map(([setting, option, words, expected]) => {
    const found = textOf(given, option);
    // An option that is there and empty is a slip of a script, not a wish for none.
    if (found !== undefined && (found === "" || !readSetting(setting, found, undefined).ok))
      throw refused("USAGE_INVALID", { expected: `--${words} to be ${expected}`, found });
    return [setting, found ?? ""] as const;
  });
  return Object.fromEntries(texts) as Record<(typeof wishes)[number][0], string>;
}

/** Asks a host now. */
export const activate: Action = async (given, shell) => {
  const { license, settings } = await openClient(await setUpDirectory("client", given, shell));
  try {
    const result = await license.activate();
    if (!result.ok) {
      const report = refusalReport(result.refusal);
      const row = { ok: false, product: settings.productName, reason: report.reason, message: report.message };
      if (shell.terminal.format !== "table") shell.terminal.answer({ json: row, rows: [row], short: report.reason });
      shell.terminal.fail(report);
      return report.exitCode;
    }
    const { host, count, requiredCount } = result;
    const row = { ok: true, product: settings.productName, host, count, requiredCount };
    const lines = [`${settings.productName} activated by ${host}: count ${count}, required ${requiredCount}`];
    shell.terminal.answer({ json: row, rows: [row], short: "licensed", lines });
    return EXIT.ok;
  } finally {
    await license.close();
  }
};

/** The licence as it is. */
export const status: Action = async (given, shell) => {
  const { license, settings } = await openClient(await setUpDirectory("client", given, shell));
  try {
    const report = license.status;
    const fields = {
      product: settings.productName,
      status: report.statusText,
      reason: report.reason ?? "",
      expires: instantText(report.expiresMs),
      nextAttempt: instantText(report.nextAttemptMs),
      host: report.host,
      whyThisHost: report.whyThisHost ?? "",
      currentCount: report.currentCount ?? "not yet told",
      requiredCount: report.requiredCount,
      cmid: report.cmid,
      lastFive: report.partialKey,
      rearmsLeft: report.rearmsLeft,
      testSite: report.testSite,
    };
    const facts = await license.facts();
    const warnings = facts === undefined ? [] : licenceWarnings(facts);
    const { lookups = [], tried = [] } = facts?.client ?? {};
    const json = { ...fields, lookups, tried, warnings };
    // A host that was set and answered needs no story.
    const isStory = lookups.length > 0 || tried.some(({ reason }) => reason !== undefined);
    const lines = [...fieldLines(fields), ...(isStory ? findingLines({ lookups, tried }) : [])];
    shell.terminal.answer({ json, rows: [fields], short: fields.status, lines });
    for (const { text } of warnings) shell.terminal.note(`warning: ${text}`);
    return report.status === LICENSE_STATUS.licensed ? EXIT.ok : EXIT.notActivated;
  } finally {
    await license.close();
  }
};

/** A new CMID and initial grace anew. */
export const rearm: Action = async (given, shell) => {
  const { license, settings } = await openClient(await setUpDirectory("client", given, shell));
  try {
    const before = license.status.cmid;
    const done = await license.rearm();
    if (!done.ok) throw new RefusalError(done.refusal);
    const { cmid, rearmsLeft, expiresMs } = license.status;
    const row = {
      product: settings.productName,
      previousCmid: before,
      cmid,
      rearmsLeft,
      graceEnds: instantText(expiresMs),
    };
    const lines = [
      `${row.product} rearmed: CMID ${cmid}, initial grace until ${row.graceEnds}; ${rearmsLeft} left`,
      "next: countersign client activate",
    ];
    shell.terminal.answer({ json: row, rows: [row], short: cmid, lines });
    return EXIT.ok;
  } finally {
    await license.close();
  }
};

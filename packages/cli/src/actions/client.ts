import { readFile } from "node:fs/promises";
import { parseHostAddress } from "@countersign/client";
import { LICENSE_STATUS, licenceWarnings, RefusalError } from "@countersign/domain";
import { chooseProduct } from "../chosen-product.ts";
import { makeClient, openClient } from "../client-settings.ts";
import type { Action } from "../command.ts";
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
  const host = textOf(given, "host") ?? "";
  if (!parseHostAddress(host).ok)
    throw refused("USAGE_INVALID", { expected: "--host to be name, name:port, IPv4 or [IPv6]:port", found: host });
  const wanted = { setupKey: textOf(given, "setupKey"), product: textOf(given, "product") };
  const { activationId, name, setupKey, publisherName } = await chooseProduct(trust, wanted);
  await makeClient(directory, { format: 1, product: activationId, productName: name, setupKey, host, trust });
  const row = { product: name, publisher: publisherName, host, directory };
  const lines = [`${name} of ${publisherName} set up, host ${host}; next: countersign client activate`];
  shell.terminal.answer({ json: row, rows: [row], short: name, lines });
  return EXIT.ok;
};

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
      currentCount: report.currentCount ?? "not yet told",
      requiredCount: report.requiredCount,
      cmid: report.cmid,
      lastFive: report.partialKey,
      rearmsLeft: report.rearmsLeft,
      testSite: report.testSite,
    };
    const facts = await license.facts();
    const warnings = facts === undefined ? [] : licenceWarnings(facts);
    const json = { ...fields, warnings };
    shell.terminal.answer({ json, rows: [fields], short: fields.status, lines: fieldLines(fields) });
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

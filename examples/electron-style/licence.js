// The licensing part: plain Node, nothing of Electron. Whoever shows something calls `followLicence` and draws each view.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { openLicense } from "@countersign/client/node";
import { LICENSE_STATUS, REFUSALS } from "@countersign/domain";

/**
 * What the window shows. Plain values, so that it crosses from one process to another.
 * @typedef {object} LicenceView
 * @property {string} title the words administrators know from `/dlv`
 * @property {boolean} isLicensed
 * @property {boolean} mayEdit what this application lets an unlicensed user do is its own decision
 * @property {string} reason the name of what stands in the way; "" when nothing does
 * @property {string} page where that is explained, from docs/; ""
 * @property {string} problem what the last attempt was told; ""
 * @property {string} expires
 * @property {string} nextAttempt
 * @property {string} host
 * @property {string} count
 */

/** Time alone changes a licence too (a grace period ends), and no event may come with it. */
const LOOK_EVERY_MS = 60_000;

/**
 * What the vendor builds into the application. The trust file is named relative to the settings, the store too.
 * @param {URL} file
 * @returns {Promise<import("@countersign/client/node").OpenLicenseOptions>}
 */
export async function readSettings(file) {
  const { trust, store, ...settings } = JSON.parse(await readFile(file, "utf8"));
  return {
    ...settings,
    trust: await readFile(new URL(trust, file)),
    ...(store && { store: fileURLToPath(new URL(store, file)) }),
  };
}

/**
 * Opens the licence and calls `show` with a view now and whenever it has changed. Rejects for wrong settings only.
 * @param {import("@countersign/client/node").OpenLicenseOptions} options
 * @param {(view: LicenceView) => void} show
 */
export async function followLicence(options, show) {
  const license = await openLicense(options);
  let problem = "";
  let shown = "";
  const look = () => {
    const view = viewOf(license.status, problem);
    const text = JSON.stringify(view);
    if (text === shown) return;
    shown = text;
    show(view);
  };
  const stopListening = license.events.on(look);
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  look();
  return {
    /** The button "Activate now"; the schedule asks by itself whether or not anybody presses it. */
    async activate() {
      problem = "";
      look();
      const result = await license.activate();
      problem = result.ok ? "" : result.refusal.message;
      look();
    },
    /** Saves the clock's record. */
    async close() {
      clearInterval(timer);
      stopListening();
      await license.close();
    },
  };
}

/**
 * @param {import("@countersign/client").LicenseReport} status
 * @param {string} problem
 * @returns {LicenceView}
 */
function viewOf(status, problem) {
  return {
    title: status.statusText,
    isLicensed: status.status === LICENSE_STATUS.licensed,
    mayEdit: status.status !== LICENSE_STATUS.notification && status.status !== LICENSE_STATUS.unlicensed,
    reason: status.reason ?? "",
    page: status.reason === undefined ? "" : REFUSALS[status.reason].page,
    problem,
    expires: minuteText(status.expiresMs),
    nextAttempt: minuteText(status.nextAttemptMs),
    host: status.host,
    count: status.currentCount === undefined ? "" : `${status.currentCount} of ${status.requiredCount}`,
  };
}

/** @param {number | undefined} ms */
function minuteText(ms) {
  return ms === undefined ? "" : `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

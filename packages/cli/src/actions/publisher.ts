import { writeFile } from "node:fs/promises";
import type { Client } from "@connectrpc/connect";
import { armour } from "@countersign/protocol";
import { type KeySummary, type ProductSummary, PublisherAdminService } from "@countersign/protocol/gen/publisher";
import { adminClient, targetDirectory } from "../admin-client.ts";
import type { Action, Given, Shell } from "../command.ts";
import { refused } from "../error-report.ts";
import { EXIT, fieldLines } from "../terminal.ts";
import { choiceOf, countOf, dateText, hexText, textOf } from "./words.ts";

const CLASSES = { client: 1, server: 2 } as const;
const KINDS = { setup: 0, host: 1 } as const;
const KIND_NAMES = ["setup", "host", "mak"] as const;
const DEFAULT_REQUIRED = { client: 25, server: 5 } as const;
const TEST_FLAG = 4;

type PublisherAdmin = Client<typeof PublisherAdminService>;

/** What there is and what was issued. */
export const status: Action = async (given, shell) => {
  const found = await (await connected(given, shell)).getStatus({});
  const fields = {
    name: found.name,
    publisherId: hexText(found.publisherId),
    serviceUrl: found.serviceUrl,
    applications: found.applications,
    products: found.products,
    setupKeys: found.setupKeys,
    hostKeys: found.hostKeys,
    hostActivations: found.hostActivations,
    manifestVersion: Number(found.manifestVersion),
    issuanceLogEntries: Number(found.issuanceLogEntries),
  };
  shell.terminal.answer({ json: fields, rows: [fields], short: fields.publisherId, lines: fieldLines(fields) });
  return EXIT.ok;
};

/** A new application. */
export const addApplication: Action = async (given, shell) => {
  const { application } = await (await connected(given, shell)).createApplication({
    name: textOf(given, "name") ?? "",
  });
  const row = { applicationId: hexText(application?.applicationId ?? new Uint8Array()), name: application?.name ?? "" };
  const lines = [`application ${row.name} added, ${row.applicationId}`];
  shell.terminal.answer({ json: row, rows: [row], short: row.applicationId, lines });
  return EXIT.ok;
};

/** Every application. */
export const listApplications: Action = async (given, shell) => {
  const { applications } = await (await connected(given, shell)).listProducts({});
  const rows = applications.map((one) => ({
    applicationId: hexText(one.applicationId),
    name: one.name,
    policyVersion: Number(one.policyVersion),
  }));
  shell.terminal.answer({ json: rows, rows, short: String(rows.length) });
  return EXIT.ok;
};

/** A new product of an application. */
export const addProduct: Action = async (given, shell) => {
  const publisher = await connected(given, shell);
  const productClass = choiceOf(given, "class", ["client", "server"]);
  const { product } = await publisher.createProduct({
    applicationId: await applicationOf(publisher, textOf(given, "app")),
    name: textOf(given, "name") ?? "",
    description: textOf(given, "description") ?? "",
    keyGroup: countOf(given, "keyGroup", { fallback: 0, least: 1, most: 1_048_575 }),
    productClass: CLASSES[productClass],
    generation: countOf(given, "generation", { fallback: 1, least: 1, most: 65_535 }),
    channels: [1],
    requiredCount: countOf(given, "required", { fallback: DEFAULT_REQUIRED[productClass], least: 1, most: 10_000 }),
  });
  const row = productRow(product);
  const lines = [`product ${row.name} added: number ${row.productId}, key group ${row.keyGroup}`];
  shell.terminal.answer({ json: row, rows: [row], short: String(row.productId), lines });
  return EXIT.ok;
};

/** Every product. */
export const listProducts: Action = async (given, shell) => {
  const { products } = await (await connected(given, shell)).listProducts({});
  const rows = products.map(productRow);
  shell.terminal.answer({ json: rows, rows, short: String(rows.length) });
  return EXIT.ok;
};

/** A new key: the only place that prints one in full. */
export const issueKey: Action = async (given, shell) => {
  const publisher = await connected(given, shell);
  const kind = choiceOf(given, "kind", ["setup", "host"]);
  const keyGroup = countOf(given, "keyGroup", { fallback: 0, least: 1, most: 1_048_575 });
  const testCount = countOf(given, "testCount", { fallback: 0, least: 1, most: 10_000 });
  const { products } = await publisher.listProducts({});
  const ofGroup = products.filter((one) => one.product?.keyGroup === keyGroup);
  const { productKey, key } = await publisher.issueKey({
    kind: KINDS[kind],
    productId: kind === "setup" ? productNumber(products, textOf(given, "product")) : 0,
    keyGroup,
    maxHosts: countOf(given, "hosts", { fallback: 0, least: 1, most: 10_000 }),
    flags: testCount > 0 ? TEST_FLAG : 0,
    siteRequired:
      testCount > 0
        ? ofGroup.map(({ product }) => ({ productId: product?.productId ?? 0, requiredCount: testCount }))
        : [],
  });
  const row = { key: productKey, ...keyRow(key) };
  shell.terminal.note("this key is shown once and is not stored");
  shell.terminal.answer({ json: row, rows: [row], short: productKey, lines: [productKey] });
  return EXIT.ok;
};

/** Every issued key, without its text. */
export const listKeys: Action = async (given, shell) => {
  const { keys } = await (await connected(given, shell)).listKeys({});
  const rows = keys.map(keyRow);
  shell.terminal.answer({ json: rows, rows, short: String(rows.length) });
  return EXIT.ok;
};

/** The trust file, to a path or to stdout. */
export const exportTrust: Action = async (given, shell) => {
  const { trustFile } = await (await connected(given, shell)).exportTrust({});
  const text = armour("TRUST", trustFile);
  const path = textOf(given, "file");
  if (path !== undefined) await writeFile(path, text);
  const row = { file: path ?? "", bytes: text.length };
  const lines = path === undefined ? [text.trimEnd()] : [`trust file written to ${path}`];
  shell.terminal.answer({ json: { ...row, trust: text }, rows: [row], short: path ?? text.trimEnd(), lines });
  return EXIT.ok;
};

async function connected(given: Given, shell: Shell): Promise<PublisherAdmin> {
  return adminClient(PublisherAdminService, "publisher", await targetDirectory("publisher", given, shell));
}

async function applicationOf(publisher: PublisherAdmin, wanted: string | undefined): Promise<Uint8Array> {
  const { applications } = await publisher.listProducts({});
  const fitting = applications.filter(
    (one) => wanted === undefined || one.name === wanted || hexText(one.applicationId) === wanted,
  );
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only.applicationId;
  if (wanted !== undefined) throw refused("NOT_FOUND", { what: "application", name: wanted });
  throw refused("USAGE_INVALID", {
    expected: "--app <name> to say which application",
    found: `${applications.length} applications and no --app`,
  });
}

function productNumber(products: readonly ProductSummary[], wanted: string | undefined): number {
  const found = products.find(
    ({ product }) => product !== undefined && (product.name === wanted || String(product.productId) === wanted),
  );
  if (found?.product !== undefined) return found.product.productId;
  if (wanted !== undefined) throw refused("NOT_FOUND", { what: "product", name: wanted });
  throw refused("USAGE_INVALID", { expected: "--product <name> with --kind setup", found: "none" });
}

function productRow(summary: ProductSummary | undefined) {
  const product = summary?.product;
  return {
    productId: product?.productId ?? 0,
    name: product?.name ?? "",
    class: product?.productClass === CLASSES.server ? "server" : "client",
    keyGroup: product?.keyGroup ?? 0,
    generation: product?.generation ?? 0,
    requiredCount: product?.requiredCount ?? 0,
  };
}

function keyRow(key: KeySummary | undefined) {
  return {
    kind: KIND_NAMES[key?.kind ?? 0] ?? "unknown",
    lastFive: key?.lastFive ?? "",
    productId: key?.productId ?? 0,
    keyGroup: key?.keyGroup ?? 0,
    hostsUsed: key?.hostsUsed ?? 0,
    maxHosts: key?.maxHosts ?? 0,
    issued: dateText(key?.issuedMs ?? 0n),
  };
}

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LOG_LEVELS } from "@countersign/domain";
import type { KeySummary, ProductSummary } from "@countersign/protocol/gen/publisher";
import type { PublisherSettingLayer } from "@countersign/publisher";
import type { Action, Given, Shell } from "../command.ts";
import { DEFAULT_PORTS } from "../places.ts";
import { askPublisher, makePublisher, type PublisherAdmin } from "../publisher-door.ts";
import { refused } from "../refusal-report.ts";
import { setUpDirectory, targetDirectory } from "../target.ts";
import { EXIT, fieldLines } from "../terminal.ts";
import { choiceOf, countOf, dateText, hexText, optionalCountOf, textOf, unknownName } from "./words.ts";

const CLASSES = { client: 1, server: 2 } as const;
const KINDS = { setup: 0, host: 1 } as const;
const KIND_NAMES = ["setup", "host", "mak"] as const;
const TEST_FLAG = 4;

/** A new publisher: its root and issuing keys. */
export const init: Action = async (given, shell) => {
  const directory = await targetDirectory("publisher", given, shell);
  const name = textOf(given, "name") ?? "";
  const serviceUrl = textOf(given, "url") ?? `http://localhost:${DEFAULT_PORTS.publisher}`;
  if (!/^https?:$/.test(URL.parse(serviceUrl)?.protocol ?? ""))
    throw refused("USAGE_INVALID", { expected: "--url to be an http or https address", found: serviceUrl });
  await makePublisher(directory, { name, serviceUrl }, shell);
  const row = { name, serviceUrl, directory };
  const lines = [
    `publisher ${name} made in ${directory}; its root key is in ${join(directory, "keys")}: back it up, keep it secret`,
    "next: countersign publisher app add --name <name>",
  ];
  shell.terminal.answer({ json: row, rows: [row], short: directory, lines });
  return EXIT.ok;
};

/** The service hosts activate with, until it is told to stop. */
export const serve: Action = async (given, shell) => {
  const dataDirectory = await setUpDirectory("publisher", given, shell);
  const { readPublisherConfiguration, startPublisher } = await import("@countersign/publisher/main");
  const { effectivePublisherSettings } = await import("@countersign/publisher");
  const { env, platform } = shell;
  const { settingLayers, keys } = await readPublisherConfiguration({
    ...{ env, platform, configFile: textOf(given, "config") },
  });
  const { listeningPort, ...settings } = effectivePublisherSettings([optionLayer(given), ...settingLayers]).values;
  const service = await startPublisher({ dataDirectory, port: listeningPort, ...settings, keys });
  const row = { port: service.port, data: dataDirectory };
  const lines = [`publisher ready on port ${service.port}; Ctrl-C stops it`];
  shell.terminal.answer({ json: row, rows: [row], short: String(service.port), lines });
  await shell.interrupted;
  await service.stop();
  return EXIT.ok;
};

/** What the command line says goes before everything. */
function optionLayer(given: Given): PublisherSettingLayer {
  const logLevel = textOf(given, "logLevel");
  const level = LOG_LEVELS.find((known) => known === logLevel);
  if (logLevel !== undefined && level === undefined)
    throw refused("USAGE_INVALID", { expected: LOG_LEVELS.join(", "), found: logLevel });
  const port = optionalCountOf(given, "port", { least: 0, most: 65_535 });
  const listen = textOf(given, "listen");
  const values = {
    ...(port === undefined ? {} : { listeningPort: port }),
    ...(listen === undefined ? {} : { listenAddress: listen }),
    ...(level === undefined ? {} : { logLevel: level }),
  };
  return { source: "flag", place: "", values };
}

/** What there is and what was issued. */
export const status: Action = async (given, shell) => {
  const found = await asked(given, shell, (publisher) => publisher.getStatus({}));
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
  const { application } = await asked(given, shell, (publisher) =>
    publisher.createApplication({ name: textOf(given, "name") ?? "" }),
  );
  const row = { applicationId: hexText(application?.applicationId ?? new Uint8Array()), name: application?.name ?? "" };
  const lines = [`application ${row.name} added, ${row.applicationId}`];
  shell.terminal.answer({ json: row, rows: [row], short: row.applicationId, lines });
  return EXIT.ok;
};

/** Every application. */
export const listApplications: Action = async (given, shell) => {
  const { applications } = await asked(given, shell, (publisher) => publisher.listProducts({}));
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
  const productClass = choiceOf(given, "class", ["client", "server"]);
  const wanted = {
    name: textOf(given, "name") ?? "",
    description: textOf(given, "description") ?? "",
    keyGroup: countOf(given, "keyGroup", { fallback: 0, least: 1, most: 1_048_575 }),
    productClass: CLASSES[productClass],
    generation: countOf(given, "generation", { fallback: 1, least: 1, most: 65_535 }),
    requiredCount: countOf(given, "required", { fallback: 0, least: 1, most: 10_000 }),
  };
  const { product } = await asked(given, shell, async (publisher) =>
    publisher.createProduct({ ...wanted, applicationId: await applicationOf(publisher, textOf(given, "app")) }),
  );
  const row = productRow(product);
  const lines = [`product ${row.name} added: number ${row.productId}, key group ${row.keyGroup}`];
  shell.terminal.answer({ json: row, rows: [row], short: String(row.productId), lines });
  return EXIT.ok;
};

/** Every product. */
export const listProducts: Action = async (given, shell) => {
  const { products } = await asked(given, shell, (publisher) => publisher.listProducts({}));
  const rows = products.map(productRow);
  shell.terminal.answer({ json: rows, rows, short: String(rows.length) });
  return EXIT.ok;
};

/** A new key: the only place that prints one in full. */
export const issueKey: Action = async (given, shell) => {
  const kind = choiceOf(given, "kind", ["setup", "host"]);
  const { productKey, key } = await asked(given, shell, async (publisher) => {
    const { products } = await publisher.listProducts({});
    return publisher.issueKey(
      kind === "setup"
        ? { kind: KINDS.setup, productId: productNumber(products, textOf(given, "product")) }
        : wantedHostKey(given, products),
    );
  });
  const row = { key: productKey, ...keyRow(key) };
  if (kind === "host") shell.terminal.note("this key is secret; it is shown once and is not stored");
  shell.terminal.answer({ json: row, rows: [row], short: productKey, lines: [productKey] });
  return EXIT.ok;
};

function wantedHostKey(given: Given, products: readonly ProductSummary[]) {
  const groups = [...new Set(products.map(({ product }) => product?.keyGroup ?? 0))];
  const only = groups.length === 1 ? (groups[0] ?? 0) : 0;
  const keyGroup = countOf(given, "keyGroup", { fallback: only, least: 1, most: 1_048_575 });
  if (keyGroup === 0)
    throw refused("USAGE_INVALID", {
      expected: "--key-group <number> with --kind host",
      found: groups.length === 0 ? "no product yet: add one first" : `key groups ${groups.join(", ")}`,
    });
  const requiredCount = countOf(given, "testCount", { fallback: 0, least: 1, most: 10_000 });
  return {
    kind: KINDS.host,
    keyGroup,
    maxHosts: countOf(given, "hosts", { fallback: 0, least: 1, most: 10_000 }),
    flags: requiredCount > 0 ? TEST_FLAG : 0,
    siteRequired: requiredCount > 0 ? [{ keyGroup, requiredCount }] : [],
  };
}

/** Every issued key, without its text. */
export const listKeys: Action = async (given, shell) => {
  const { keys } = await asked(given, shell, (publisher) => publisher.listKeys({}));
  const rows = keys.map(keyRow);
  shell.terminal.answer({ json: rows, rows, short: String(rows.length) });
  return EXIT.ok;
};

/** The trust file, to a path or to stdout. */
export const exportTrust: Action = async (given, shell) => {
  const { trustFile } = await asked(given, shell, (publisher) => publisher.exportTrust({}));
  const text = new TextDecoder().decode(trustFile);
  const path = textOf(given, "file");
  if (path !== undefined) {
    await writeFile(path, text).catch((error: NodeJS.ErrnoException) => {
      throw refused("FILE_UNWRITABLE", { path, detail: error.code ?? error.message });
    });
  }
  const row = { file: path ?? "", bytes: text.length };
  const lines = path === undefined ? [text.trimEnd()] : [`trust file written to ${path}`];
  shell.terminal.answer({ json: { ...row, trust: text }, rows: [row], short: path ?? text.trimEnd(), lines });
  return EXIT.ok;
};

async function asked<T>(given: Given, shell: Shell, ask: (publisher: PublisherAdmin) => Promise<T>): Promise<T> {
  return askPublisher(await setUpDirectory("publisher", given, shell), ask, shell);
}

async function applicationOf(publisher: PublisherAdmin, wanted: string | undefined): Promise<Uint8Array> {
  const { applications } = await publisher.listProducts({});
  const fitting = applications.filter(
    (one) => wanted === undefined || one.name === wanted || hexText(one.applicationId) === wanted,
  );
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only.applicationId;
  if (wanted !== undefined) throw unknownName("application", wanted, applications);
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
  const named = products.flatMap(({ product }) => product ?? []);
  if (wanted !== undefined) throw unknownName("product", wanted, named);
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
    maxHosts: key?.kind === KINDS.host ? key.maxHosts : 0,
    issued: dateText(key?.issuedMs ?? 0n),
  };
}

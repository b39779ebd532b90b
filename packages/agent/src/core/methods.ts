import { type HostLookup, type RearmScope, SETTING_NAMES, type TriedHost } from "@countersign/client";
import { type EventRecord, REFUSALS, type Refusal, RefusalError, refuse, remedyOf, toUuid } from "@countersign/domain";
import type { ActivationGate } from "./activation-gate.ts";
import { eventPage } from "./event-page.ts";
import { type FoundProduct, type Machine, publisherText, settingsOf } from "./machine.ts";
import {
  optionalPublisher,
  optionalText,
  optionalUuid,
  type Params,
  publisherParam,
  textParam,
  uuidParam,
  wrong,
} from "./params.ts";
import { statusMessage } from "./status-message.ts";

/** What a method may use besides the machine. */
export interface AgentParts {
  readonly machine: Machine;
  /** How often hosts may be asked over this socket. */
  readonly gate: ActivationGate;
  /** Looks at the trust directory and the settings again; answers what is wrong with single files. */
  readonly reload: () => Promise<readonly Refusal[]>;
  /** Of the trust directory, as it was last read. */
  readonly problems: () => readonly Refusal[];
  /** What was written of the service and of every publisher, oldest first. */
  readonly history: () => readonly EventRecord[];
}

/** Who may call a method: on the socket for everybody, or on root's only. */
export type Access = "everybody" | "root";

/** One method of the agent's protocol. `run` throws a RefusalError for what it refuses. */
export interface AgentMethod {
  readonly access: Access;
  readonly run: (params: Params, parts: AgentParts) => Promise<unknown>;
}

/** THE table of methods (docs/protocol/agent-socket.md); hello and subscribe belong to the connection. */
export const METHODS: Readonly<Record<string, AgentMethod>> = {
  publishers: { access: "everybody", run: async (_, parts) => publishers(parts) },
  status: { access: "everybody", run: async (params, { machine }) => status(params, machine) },
  activate: { access: "everybody", run: activate },
  register: { access: "everybody", run: register },
  "licence-facts": { access: "everybody", run: async (params, { machine }) => licenceFacts(params, machine) },
  events: { access: "everybody", run: async (params, { history }) => eventPage(params, history()) },
  settings: { access: "everybody", run: async (params, { machine }) => settings(params, machine) },
  "install-key": { access: "root", run: installKey },
  "remove-key": { access: "root", run: removeKey },
  rearm: { access: "root", run: rearm },
  generalize: { access: "root", run: generalize },
  set: { access: "root", run: set },
  clear: { access: "root", run: clear },
  reload: {
    access: "root",
    run: async (_, { reload }) => ({ problems: (await reload()).map(({ message }) => message) }),
  },
};

function publishers({ machine, problems }: AgentParts) {
  return {
    publishers: machine.publishers().map((licensing) => ({
      publisherId: publisherText(licensing),
      name: licensing.publisherName,
      products: licensing.known().map(({ activationId, applicationId, name }) => ({
        activationId: toUuid(activationId),
        applicationId: toUuid(applicationId),
        name,
      })),
    })),
    problems: [...problems(), ...machine.settings.problems()].map(({ message }) => message),
  };
}

/** One product with its proof, or every product that is open, of one publisher or of all. */
function status(params: Params, machine: Machine) {
  const activationId = optionalUuid(params, "activationId");
  const found = activationId === undefined ? openProducts(params, machine) : [machine.product(activationId)];
  return {
    products: found.flatMap(({ licensing, known, client }) =>
      client === undefined ? [] : [statusMessage(licensing, known, client, activationId !== undefined)],
    ),
  };
}

async function activate(params: Params, { machine, gate }: AgentParts) {
  const { licensing, known, client } = machine.product(uuidParam(params, "activationId"));
  if (client === undefined) throw new RefusalError(refuse("KEY_NOT_INSTALLED"));
  const product = { publisherId: publisherText(licensing), activationId: toUuid(known.activationId) };
  const result = await gate(product, () => client.activate({ interactive: true }));
  const tried = result.tried.map(triedMessage);
  const lookups = result.lookups.map(lookupMessage);
  if (result.ok) {
    const { host, count, requiredCount } = result;
    return { activated: true, host, count, requiredCount, tried, lookups };
  }
  const { reason, message } = result.refusal;
  const refused = { reason, message, remedy: remedyOf(result.refusal), page: REFUSALS[reason].page };
  return { activated: false, ...refused, tried, lookups };
}

/** A public setup key only, and only where the product has none: an application brings its own along. */
async function register(params: Params, { machine }: AgentParts) {
  const licensing = machine.publisher(publisherParam(params));
  const activationId = uuidParam(params, "activationId");
  const opened = await licensing.open(activationId, optionalText(params, "setupKey"));
  if (!opened.ok) throw new RefusalError(opened.refusal);
  return { partialKey: opened.client.status().partialKey };
}

function licenceFacts(params: Params, machine: Machine) {
  const activationId = optionalUuid(params, "activationId");
  const found = activationId === undefined ? openProducts(params, machine) : [machine.product(activationId)];
  return { facts: found.flatMap(({ client }) => (client === undefined ? [] : [client.facts()])) };
}

function settings(params: Params, machine: Machine) {
  const publisherId = optionalPublisher(params);
  const licensing = publisherId === undefined ? machine.publishers()[0] : machine.publisher(publisherId);
  const problems = machine.settings.problems().map(({ message }) => message);
  return { settings: licensing === undefined ? [] : settingsOf(licensing, SETTING_NAMES), problems };
}

async function installKey(params: Params, { machine }: AgentParts) {
  const installed = await machine.installKey(textParam(params, "key"), optionalPublisher(params));
  if (!installed.ok) throw new RefusalError(installed.refusal);
  const { product } = installed.client.facts();
  return { activationId: product.activationId, name: product.name, partialKey: product.partialKey };
}

async function removeKey(params: Params, { machine }: AgentParts) {
  const client = machine.client(uuidParam(params, "activationId"));
  if (client.status().partialKey === "") throw new RefusalError(refuse("KEY_NOT_INSTALLED"));
  await client.removeKey();
  return {};
}

/** `/rearm`, `/rearm-app ID`, `/rearm-sku ID`. */
async function rearm(params: Params, { machine }: AgentParts) {
  const scope = rearmScope(params);
  const results = [];
  for (const licensing of rearmedPublishers(params, scope, machine)) results.push(await licensing.rearm(scope));
  const refused = results.find((result) => !result.ok);
  if (refused !== undefined) throw new RefusalError(refused.refusal);
  return {};
}

function rearmScope(params: Params): RearmScope {
  switch (params["scope"]) {
    case "machine":
      return { kind: "machine" };
    case "application":
      return { kind: "application", applicationId: uuidParam(params, "applicationId") };
    case "product":
      return { kind: "product", activationId: uuidParam(params, "activationId") };
    default:
      throw wrong('"scope" to be machine, application or product', params["scope"]);
  }
}

/** Publishers without a product here have nothing to rearm, and are no reason to refuse the others. */
function rearmedPublishers(params: Params, scope: RearmScope, machine: Machine) {
  const publisherId = optionalPublisher(params);
  if (publisherId !== undefined) return [machine.publisher(publisherId)];
  if (scope.kind === "product") return [machine.product(scope.activationId).licensing];
  const inUse = machine.publishers().filter((licensing) => licensing.clients().length > 0);
  if (scope.kind === "machine") return inUse;
  const id = toUuid(scope.applicationId);
  const ofIt = inUse.filter((each) => each.known().some(({ applicationId }) => toUuid(applicationId) === id));
  if (ofIt.length > 0) return ofIt;
  throw new RefusalError(refuse("NOT_FOUND", { what: "application of a publisher on this machine", name: id }));
}

async function generalize(params: Params, { machine }: AgentParts) {
  const publisherId = optionalPublisher(params);
  const all = publisherId === undefined ? machine.publishers() : [machine.publisher(publisherId)];
  for (const licensing of all.filter((each) => each.clients().length > 0)) {
    const done = await licensing.generalize();
    if (!done.ok) throw new RefusalError(done.refusal);
  }
  return {};
}

async function set(params: Params, { machine }: AgentParts) {
  if (params["value"] === undefined) throw wrong('"value" to be there', undefined);
  const [name, value] = [textParam(params, "name"), params["value"]];
  await machine.changeSetting({ name, value, publisherId: optionalPublisher(params) });
  return settings(params, machine);
}

async function clear(params: Params, { machine }: AgentParts) {
  const name = textParam(params, "name");
  await machine.changeSetting({ name, value: undefined, publisherId: optionalPublisher(params) });
  return settings(params, machine);
}

function openProducts(params: Params, machine: Machine): readonly FoundProduct[] {
  const publisherId = optionalPublisher(params);
  const all = publisherId === undefined ? machine.publishers() : [machine.publisher(publisherId)];
  return all
    .flatMap((licensing) => licensing.known())
    .map(({ activationId }) => machine.product(activationId))
    .filter(({ client }) => client !== undefined);
}

function lookupMessage({ reason, ...lookup }: HostLookup) {
  return { ...lookup, ...(reason && { reason, code: REFUSALS[reason].code }) };
}

function triedMessage({ host, why, address, reason, inner, detail }: TriedHost) {
  return {
    host,
    why,
    address,
    ...(reason && { reason, code: REFUSALS[reason].code }),
    ...(inner && { inner }),
    detail,
  };
}

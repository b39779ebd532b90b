import {
  type Cryptography,
  type LicenceFacts,
  type Product,
  type Refusal,
  RefusalError,
  refusalReasonOf,
  refuse,
  toHex,
  toUuid,
} from "@countersign/domain";
import type { TrustState } from "@countersign/protocol";
import { type AgentView, believedReport } from "../agent/believed-report.ts";
import { checkLease } from "../agent/lease-check.ts";
import { readStatus } from "../agent/read-status.ts";
import type { ActivationResult } from "../attempt.ts";
import type { ClientEvent } from "../client-event.ts";
import type { LicenseReport } from "../license-report.ts";
import type { KeyResult } from "../licensing-client.ts";
import type { MachineIdentity } from "../machine-identity.ts";
import { type AgentConnection, connectAgent } from "./agent-connection.ts";
import { AgentLine } from "./agent-line.ts";
import type { AgentPlaces } from "./agent-places.ts";
import { eventStream } from "./event-stream.ts";
import type { License } from "./license.ts";

/** What a licence that the agent keeps is opened with. */
export interface AgentLicenseOptions {
  readonly places: AgentPlaces;
  /** The program's own: what a lease must verify under. */
  readonly trust: TrustState;
  readonly product: Product;
  readonly setupKey: string | undefined;
  readonly machine: MachineIdentity;
  readonly cryptography: Cryptography;
  readonly wallMs: () => number;
}

/** Refusals that say "not with this agent"; every other is about the program's own arguments. */
const NO_SUCH_AGENT: readonly string[] = [
  ...["SERVICE_NOT_RUNNING", "NOT_AUTHORISED", "NOT_FOUND", "PRODUCT_NOT_COVERED", "UNSUPPORTED_VERSION"],
  ...["INTERNAL_FAULT", "USAGE_INVALID", "OVERLOADED"],
];

/**
 * The licence as the machine's agent keeps it. Undefined: there is no agent, or it does not know this publisher or product;
 * the program then keeps a store of its own. Throws a RefusalError for a setup key that is not the product's.
 */
export async function openAgentLicense(options: AgentLicenseOptions): Promise<License | undefined> {
  const license = new AgentLicense(options);
  try {
    await license.start();
    return license;
  } catch (error) {
    await license.close();
    if (error instanceof RefusalError && NO_SUCH_AGENT.includes(error.refusal.reason)) return undefined;
    throw error;
  }
}

class AgentLicense implements License {
  readonly #options: AgentLicenseOptions;
  readonly #line: AgentLine;
  readonly events = eventStream();
  readonly #news: ClientEvent[] = [];
  #looking: Promise<void> | undefined;
  #view: AgentView | undefined;

  constructor(options: AgentLicenseOptions) {
    this.#options = options;
    this.#line = new AgentLine(options.places.everybody, {
      onOpen: (connection) => this.#register(connection),
      onEvent: (event) => this.#hear(event as ClientEvent),
      onAway: () => {
        this.#view = this.#view && { ...this.#view, isAway: true };
      },
    });
  }

  async start(): Promise<void> {
    await this.#line.open();
  }

  get status(): LicenseReport {
    if (this.#view === undefined) throw new Error("a licence is given out after its first look at the agent");
    return believedReport(this.#view, this.#options.wallMs());
  }

  async facts(): Promise<LicenceFacts | undefined> {
    const asked = await this.#asked("licence-facts", { activationId: this.#activationId });
    const facts = asked.ok ? (asked.result as { readonly facts?: unknown } | undefined)?.facts : undefined;
    return Array.isArray(facts) ? facts[0] : undefined;
  }

  async activate(): Promise<ActivationResult> {
    const asked = await this.#asked("activate", { activationId: this.#activationId });
    if (!asked.ok) return { ok: false, refusal: asked.refusal, tried: [], lookups: [] };
    await this.#look(await this.#line.open()).catch(() => undefined);
    return activationOf(asked.result, this.status);
  }

  rearm(): Promise<KeyResult> {
    return this.#asRoot("rearm", { scope: "machine", publisherId: toHex(this.#options.trust.publisherId) });
  }

  generalize(): Promise<KeyResult> {
    return this.#asRoot("generalize", { publisherId: toHex(this.#options.trust.publisherId) });
  }

  installKey(text: string): Promise<KeyResult> {
    return this.#asRoot("install-key", { key: text, publisherId: toHex(this.#options.trust.publisherId) });
  }

  removeKey(): Promise<KeyResult> {
    return this.#asRoot("remove-key", { activationId: this.#activationId });
  }

  async close(): Promise<void> {
    this.#line.close();
    this.events.end();
  }

  get #activationId(): string {
    return toUuid(this.#options.product.activationId);
  }

  async #register(connection: AgentConnection): Promise<void> {
    const { trust, setupKey } = this.#options;
    const publisherId = toHex(trust.publisherId);
    const activationId = this.#activationId;
    await connection.request("register", { publisherId, activationId, ...(setupKey !== undefined && { setupKey }) });
    await connection.request("subscribe", { activationId });
    await this.#look(connection);
  }

  /** Told only after a look that began later, so that whoever hears of a change sees it in `status`. */
  #hear(event: ClientEvent): void {
    this.#news.push(event);
    this.#looking ??= this.#tellNews().finally(() => {
      this.#looking = undefined;
    });
  }

  async #tellNews(): Promise<void> {
    while (this.#news.length > 0) {
      const heard = this.#news.splice(0);
      // An agent that went away meanwhile has told its last; what it said stays true.
      await this.#line
        .open()
        .then((connection) => this.#look(connection))
        .catch(() => undefined);
      for (const event of heard) this.events.push(event);
    }
  }

  async #look(connection: AgentConnection): Promise<void> {
    const { trust, product, machine, cryptography } = this.#options;
    const answer = await connection.request("status", { activationId: this.#activationId });
    const [first] = productsIn(answer);
    const claimed = readStatus(first);
    if (claimed === undefined) throw new RefusalError(refuse("INTERNAL_FAULT"));
    const question = { trust, product, cryptography, machine: await machine.read() };
    const lease = claimed.lease && (await checkLease(claimed.lease, question));
    this.#view = { report: claimed.report, lease, isAway: false };
  }

  async #asked(method: string, params: object): Promise<Asked> {
    try {
      return { ok: true, result: await this.#line.request(method, params) };
    } catch (error) {
      return { ok: false, refusal: refusalIn(error) };
    }
  }

  /** Keys, rearm and settings go over root's own socket, whoever runs this program. */
  async #asRoot(method: string, params: object): Promise<KeyResult> {
    try {
      const connection = await connectAgent(this.#options.places.root);
      try {
        await connection.request(method, params);
      } finally {
        connection.close();
      }
      await this.#look(await this.#line.open()).catch(() => undefined);
      return { ok: true };
    } catch (error) {
      return { ok: false, refusal: refusalIn(error) };
    }
  }
}

type Asked = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly refusal: Refusal };

function refusalIn(error: unknown): Refusal {
  if (error instanceof RefusalError) return error.refusal;
  throw error;
}

function productsIn(answer: unknown): readonly unknown[] {
  const products = (answer as { readonly products?: unknown } | undefined)?.products;
  return Array.isArray(products) ? products : [];
}

/** An agent that says "activated" and shows no lease has activated nothing. */
function activationOf(result: unknown, status: LicenseReport): ActivationResult {
  const said = (result ?? {}) as Readonly<Record<string, unknown>>;
  const tried = (Array.isArray(said["tried"]) ? said["tried"] : []) as ActivationResult["tried"];
  const lookups = (Array.isArray(said["lookups"]) ? said["lookups"] : []) as ActivationResult["lookups"];
  if (said["activated"] !== true) {
    const reason = refusalReasonOf(String(said["reason"])) ?? "INTERNAL_FAULT";
    return { ok: false, refusal: { ...refuse(reason), message: String(said["message"] ?? "") }, tried, lookups };
  }
  if (status.reason === "AGENT_NOT_BELIEVED")
    return { ok: false, refusal: refuse("AGENT_NOT_BELIEVED"), tried, lookups };
  const [count, requiredCount] = [Number(said["count"]), Number(said["requiredCount"])];
  return { ok: true, host: String(said["host"]), count, requiredCount, tried, lookups };
}

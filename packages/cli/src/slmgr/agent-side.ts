import { type AgentConnection, agentPlacesIn, connectAgent } from "@countersign/client/agent";
import { type LicenceFacts, RefusalError, refusalReasonOf, refuse } from "@countersign/domain";
import type { Asked, ClientSide } from "./client-side.ts";

type Json = Readonly<Record<string, unknown>>;

/** The products the machine's agent keeps. What changes something goes to root's socket, the rest to everybody's. */
export async function openAgentSide(directory: string, isElevated: boolean): Promise<ClientSide> {
  const { everybody, root } = agentPlacesIn(directory);
  const agent = await connectAgent(isElevated ? root : everybody);
  const request = async (method: string, params: object = {}) => (await agent.request(method, params)) as Json;
  return {
    licences: async () => listOf<LicenceFacts>(await request("licence-facts"), "facts"),
    activate: async (activationId) => askedOf(await request("activate", { activationId })),
    async installKey(key) {
      const { name, partialKey } = await request("install-key", { key });
      return { name: String(name), partialKey: String(partialKey) };
    },
    removeKey: async (activationId) => {
      await request("remove-key", { activationId });
    },
    rearm: async (wish) => {
      await request("rearm", wish);
    },
    async change(name, value, activationId) {
      const of = activationId === "" ? {} : { publisherId: await publisherOf(activationId, agent) };
      const answer = await (value === undefined
        ? request("clear", { name, ...of })
        : request("set", { name, value, ...of }));
      const settings = listOf<{ readonly name: string; readonly value: unknown }>(answer, "settings");
      return String(settings.find((setting) => setting.name === name)?.value ?? "");
    },
    close: async () => agent.close(),
  };
}

function askedOf(answer: Json): Asked {
  if (answer["activated"] === true) {
    const { host, count, requiredCount } = answer;
    return { host: String(host), count: Number(count), requiredCount: Number(requiredCount) };
  }
  const reason = refusalReasonOf(String(answer["reason"]));
  const message = String(answer["message"]);
  if (reason === undefined) throw new RefusalError(refuse("INTERNAL_FAULT", { detail: message }));
  throw new RefusalError({ reason, message, retryAfterS: 0, params: {} });
}

async function publisherOf(activationId: string, agent: AgentConnection): Promise<string> {
  const answer = (await agent.request("publishers")) as Json;
  const publishers = listOf<{
    readonly publisherId: string;
    readonly products: readonly { readonly activationId: string }[];
  }>(answer, "publishers");
  const wanted = activationId.toLowerCase();
  const found = publishers.find(({ products }) => products.some((product) => product.activationId === wanted));
  if (found !== undefined) return found.publisherId;
  throw new RefusalError(refuse("NOT_FOUND", { what: "product of a publisher on this machine", name: activationId }));
}

/** A list in an answer of the agent, which answers in its documented form or not at all. */
function listOf<T>(answer: Json, name: string): readonly T[] {
  const list = answer[name];
  return Array.isArray(list) ? (list as T[]) : [];
}

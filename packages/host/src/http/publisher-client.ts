import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { RefusalError, refusalReasonOf, refuse } from "@countersign/domain";
import { ErrorDetailSchema } from "@countersign/protocol/gen/activation";
import { PublisherService } from "@countersign/protocol/gen/publisher";
import type { PublisherClient } from "../core/host-parts.ts";

/** PublisherService at a service url. Rejects with a RefusalError: the publisher's own, or PUBLISHER_UNREACHABLE. */
export function connectPublisher(url: string): PublisherClient {
  const transport = createConnectTransport({ baseUrl: url, httpVersion: "1.1", defaultTimeoutMs: 30_000 });
  const client = createClient(PublisherService, transport);
  const named = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (fault) {
      throw publisherRefusal(ConnectError.from(fault), url);
    }
  };
  return {
    activateHost: (request) => named(client.activateHost({ request })),
    getTrust: () => named(client.getTrust({})),
  };
}

function publisherRefusal(error: ConnectError, url: string): RefusalError {
  const [detail] = error.findDetails(ErrorDetailSchema);
  const reason = detail === undefined ? undefined : refusalReasonOf(detail.reason);
  if (detail !== undefined && reason !== undefined) {
    const { message, retryAfterS, params } = detail;
    return new RefusalError({ reason, message, retryAfterS, params }, { cause: error });
  }
  const why = error.code === Code.DeadlineExceeded ? "no answer in time" : error.rawMessage;
  return new RefusalError(refuse("PUBLISHER_UNREACHABLE", { url, detail: why }), { cause: error });
}

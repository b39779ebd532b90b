import { describe, it } from "node:test";
import {
  HOST_AT,
  healthyClient,
  healthyFacts,
  healthyHost,
  healthyProduct,
  healthySeat,
  NOW_MS,
  withProduct,
  withSeat,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const answered = (...reasons: readonly string[]) => ({
  status: 2,
  lastAttempt: {
    atMs: NOW_MS,
    tried: reasons.map((reason, i) => ({
      host: i === 0 ? HOST_AT : `kms${i + 1}.corp.example:1688`,
      why: "discovered",
      reason,
      inner: "",
      detail: "",
    })),
  },
});
const refused = (reason: string) => [{ reason, count: 12, machines: ["pc-8", "pc-9"], detail: "key group 3" }];

describe("CS-HST-004: the host's key covers what it is asked for", () => {
  it("a client that was refused so is an error that names product, key group and host", () => {
    says(finds("CS-HST-004", withProduct(answered("GROUP_NOT_AUTHORIZED")), "PRODUCT_NOT_COVERED"), "error", {
      cause: /^Editor \(key group 1\) is not covered by the host key of kms1\.corp\.example:1688$/,
      remedy: /^countersign host key install - --data /,
    });
  });

  it("seen from the host alone it names the machines and what its key covers", () => {
    says(
      finds("CS-HST-004", withSeat({ refusedLately: refused("GROUP_NOT_AUTHORIZED") }), "PRODUCT_NOT_COVERED"),
      "error",
      {
        evidence: /12 requests.*pc-8, pc-9\nits key covers key groups 1, 2/,
      },
    );
  });

  it("seen from both sides it is one finding with the evidence of both", () => {
    const hosts = [healthyHost({ seats: [healthySeat({ refusedLately: refused("GROUP_NOT_AUTHORIZED") })] })];
    const clients = [healthyClient({ products: [healthyProduct(answered("GROUP_NOT_AUTHORIZED"))] })];
    says(finds("CS-HST-004", healthyFacts({ hosts, clients }), "PRODUCT_NOT_COVERED"), "error", {
      evidence: /answered pc-1.*\n12 requests/,
    });
  });

  it("from the client alone the command is for the host, whose directory nobody knows", () => {
    const clients = [healthyClient({ products: [healthyProduct(answered("GROUP_NOT_AUTHORIZED"))] })];
    says(finds("CS-HST-004", healthyFacts({ hosts: [], clients }), "PRODUCT_NOT_COVERED"), "error", {
      remedy: /^countersign host key install -$/,
    });
  });

  it("a product that no policy of the host names wants its newest trust file", () => {
    says(finds("CS-HST-004", withProduct(answered("PRODUCT_UNKNOWN")), "PRODUCT_UNKNOWN_THERE"), "error", {
      remedy: /^countersign host trust add NEWEST\.cstrust/,
    });
  });

  it("one host of two that serves is enough", () => {
    isGood("CS-HST-004", withProduct(answered("GROUP_NOT_AUTHORIZED", "")));
  });

  it("other refusals are other checks' business", () => {
    isGood("CS-HST-004", withProduct(answered("HOST_NOT_ACTIVATED")));
    isGood("CS-HST-004", withSeat({ refusedLately: refused("SETUP_KEY_NOT_ACCEPTED") }));
  });

  it("does not apply where neither side was seen", () => {
    isMoot("CS-HST-004", healthyFacts({ hosts: [], clients: [] }), /neither/);
  });
});

import { describe, it } from "node:test";
import { healthyMachine, withHost } from "../healthy-facts.ts";
import { finds, isGood, says } from "./finds.ts";

const KEYS = ["/var/lib/countersign/host/keys/a.key", "/var/lib/countersign/host/keys/b c.key"];
const exposed = { reason: "KEY_FILE_EXPOSED", detail: "/var/lib/countersign/host/keys/a.key has mode 644" };

describe("CS-STO-004: only their owner can read the files of private keys", () => {
  it("open files are an error, and the remedy closes exactly those", () => {
    says(finds("CS-STO-004", withHost({ openKeyFiles: KEYS }), "KEY_FILES_OPEN"), "error", {
      cause: /^2 key files of the host/,
      remedy:
        /^chmod go-rwx \/var\/lib\/countersign\/host\/keys\/a\.key '\/var\/lib\/countersign\/host\/keys\/b c\.key'$/,
    });
  });

  it("they are fatal where the host does not start for them", () => {
    const finding = finds(
      "CS-STO-004",
      withHost({ isRunning: false, startFailure: exposed, openKeyFiles: KEYS }),
      "KEY_FILES_OPEN",
    );
    says(finding, "fatal", { effect: /the host does not start with them/, evidence: /mode 644/ });
  });

  it("a start that failed for them is enough, though nobody could list the files", () => {
    says(finds("CS-STO-004", withHost({ isRunning: false, startFailure: exposed }), "KEY_FILES_OPEN"), "fatal", {
      remedy: /^chmod -R go-rwx \/var\/lib\/countersign\/host\/keys$/,
    });
  });

  it("a stopped host that does not open for them has no fault of its store", () => {
    const facts = withHost({ isRunning: false, store: exposed, openKeyFiles: KEYS });
    says(finds("CS-STO-004", facts, "KEY_FILES_OPEN"), "fatal", { evidence: /mode 644/ });
    isGood("CS-STO-001", facts);
  });

  it("Windows closes files in its own way", () => {
    const facts = withHost({ openKeyFiles: ["C:/keys/a.key"], machine: healthyMachine({ platform: "win32" }) });
    says(finds("CS-STO-004", facts, "KEY_FILES_OPEN"), "error", { remedy: /^icacls C:\/keys\/a\.key/ });
  });
});

describe("CS-STO-007: the private keys can be used", () => {
  const table = [
    ["KEY_FILE_MISSING", /backup/],
    ["KEY_FILE_DAMAGED", /backup/],
    ["KEY_PASSPHRASE_WRONG", /COUNTERSIGN_KEY_PASSPHRASE_FILE/],
    ["KEYRING_UNUSABLE", /external signer/],
  ] as const;
  for (const [reason, advice] of table)
    it(`a start that failed with ${reason} is fatal, with what to do about it`, () => {
      const facts = withHost({ isRunning: false, startFailure: { reason, detail: "host.key" } });
      says(finds("CS-STO-007", facts, "KEYS_UNUSABLE"), "fatal", {
        cause: new RegExp(reason),
        advice,
        remedy: /^countersign host serve/,
      });
    });

  it("open files are the other check's, and another reason is nobody's here", () => {
    isGood("CS-STO-007", withHost({ isRunning: false, startFailure: exposed }));
    isGood("CS-STO-007", withHost({ isRunning: false, startFailure: { reason: "PORT_IN_USE", detail: "" } }));
  });
});

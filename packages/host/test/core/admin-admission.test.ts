import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HostAdminService } from "@countersign/protocol/gen/host_admin";
import { createAdmission, type NetworkCall } from "../../src/core/admin-admission.ts";
import { ADMIN_ROLES, type AdminMethod, isAtLeastRole, METHOD_ROLES } from "../../src/core/admin-roles.ts";

const METHODS = Object.keys(HostAdminService.method) as AdminMethod[];
const CALL: NetworkCall = {
  address: "192.0.2.7",
  method: "getStatus",
  authorization: "Bearer good",
  hostHeader: "kms.example.com:1689",
  origin: undefined,
};

function admission(change: { readonly isPrivate?: boolean; readonly role?: (typeof ADMIN_ROLES)[number] } = {}) {
  const clock = { nowMs: 0 };
  const judge = createAdmission({
    isPrivate: change.isPrivate ?? true,
    names: ["kms.example.com"],
    administratorWith: (token) =>
      token === "good"
        ? { name: "mona", role: change.role ?? "viewer", createdMs: 0, expiresMs: undefined }
        : undefined,
    monotonicMs: () => clock.nowMs,
  });
  const reasonOf = (call: Partial<NetworkCall> = {}) => {
    const judged = judge({ ...CALL, ...call });
    return judged.ok ? judged.caller : `${judged.refusal.reason}: ${judged.refusal.message}`;
  };
  return { clock, reasonOf };
}

describe("which role may call what", () => {
  test("every method of the contract has its least role, and the table names no other", () => {
    assert.deepEqual(Object.keys(METHOD_ROLES).sort(), [...METHODS].sort());
  });

  test("a role may call what needs it or one before it, and nothing else", () => {
    for (const role of ADMIN_ROLES) {
      const { reasonOf } = admission({ role });
      for (const method of METHODS) {
        const isAllowed = isAtLeastRole(role, METHOD_ROLES[method]);
        const found = reasonOf({ method });
        if (isAllowed) assert.equal(found, "mona", `${role} ${method}`);
        else assert.match(found, new RegExp(`^NOT_AUTHORISED: .*mona is ${role}, ${method} needs`));
      }
    }
  });

  test("looking needs no more than a viewer, rights and keys need an administrator, and a method nobody named needs one too", () => {
    assert.equal(METHOD_ROLES.getLicence, "viewer");
    assert.equal(METHOD_ROLES.addAdministrator, "administrator");
    assert.equal(METHOD_ROLES.installKey, "administrator");
    assert.match(admission({ role: "operator" }).reasonOf({ method: "toString" }), /toString needs administrator/);
  });
});

describe("who may call at all", () => {
  test("one valid call with one thing changed is refused as not authorised, saying what", () => {
    const { reasonOf } = admission();
    assert.equal(reasonOf(), "mona");
    const bent: readonly (readonly [Partial<NetworkCall>, RegExp])[] = [
      [{ authorization: undefined }, /no token/],
      [{ authorization: "good" }, /no token/],
      [{ authorization: "Basic good" }, /no token/],
      [{ authorization: `Bearer ${"x".repeat(300)}` }, /no token/],
      [{ authorization: "Bearer bad" }, /unknown, revoked or past its end/],
      [{ hostHeader: undefined }, /the host name none/],
      [{ hostHeader: "evil.example" }, /the host name evil\.example/],
      [{ hostHeader: "kms.example.com.evil.example" }, /the host name/],
      [{ origin: "http://evil.example" }, /the origin http:\/\/evil\.example/],
      [{ origin: "null" }, /the origin null/],
    ];
    for (const [change, said] of bent) {
      const found = reasonOf(change);
      assert.match(found, /^NOT_AUTHORISED: /, JSON.stringify(change));
      assert.match(found, said);
    }
  });

  test("addresses, localhost and the host's own names are names of this machine, whatever their case and port", () => {
    const { reasonOf } = admission();
    for (const hostHeader of ["127.0.0.1", "192.0.2.1:1689", "[::1]:1689", "LOCALHOST:1", "KMS.example.com"])
      assert.equal(reasonOf({ hostHeader }), "mona", hostHeader);
    assert.equal(reasonOf({ origin: `https://${CALL.hostHeader}` }), "mona");
  });

  test("away from loopback nothing is administered without tls, not even with a good token", () => {
    assert.match(admission({ isPrivate: false }).reasonOf(), /^NOT_AUTHORISED: .*only with tls/);
  });

  test("ten wrong tokens shut a source out for a minute, with the right one too; others go on", () => {
    const { clock, reasonOf } = admission();
    for (let i = 0; i < 11; i++) assert.match(reasonOf({ authorization: "Bearer bad" }), /^NOT_AUTHORISED/);
    assert.match(reasonOf(), /^RATE_LIMITED: .*ask again in 60 s/);
    assert.equal(reasonOf({ address: "192.0.2.8" }), "mona");
    clock.nowMs = 60_001;
    assert.equal(reasonOf(), "mona");
  });
});

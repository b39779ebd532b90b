import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { finderLines, judgeHosts } from "../../src/index.ts";
import { domainWith, REFUSED, refusal, worldOf } from "./finder-world.ts";

const STALE = judgeHosts(worldOf({ "old.corp.example": [[REFUSED]] })).hosts[0];

describe("the deletion of a stale record", () => {
  it("names the record with all its data, so that other hosts' records of the name stay", () => {
    assert.deepEqual(STALE?.deletions, [
      {
        zone: "corp.example",
        record: "_countersign._tcp.corp.example. IN SRV 0 0 1688 old.corp.example.",
        nsupdate: [
          "zone corp.example",
          "update delete _countersign._tcp.corp.example. SRV 0 0 1688 old.corp.example.",
          "send",
        ],
        powershell:
          "Get-DnsServerResourceRecord -ZoneName 'corp.example' -Name '_countersign._tcp' -RRType Srv | Where-Object { $_.RecordData.DomainName -eq 'old.corp.example.' -and $_.RecordData.Port -eq 1688 -and $_.RecordData.Priority -eq 0 -and $_.RecordData.Weight -eq 0 } | Remove-DnsServerResourceRecord -ZoneName 'corp.example' -Force",
      },
    ]);
  });

  it("without a known zone there are nsupdate's own words and no PowerShell, which needs the zone", () => {
    const domains = [{ ...domainWith(["old.corp.example"]), zone: "" }];
    const [host] = judgeHosts(worldOf({ "old.corp.example": [[REFUSED]] }, { domains })).hosts;
    assert.equal(host?.deletions[0]?.powershell, "");
    assert.equal(host?.deletions[0]?.nsupdate[0]?.startsWith("update delete "), true);
  });

  for (const target of [
    "x'; Remove-Item -Recurse C:\\ #.corp.example",
    "a\nsend\nserver evil.example",
    "$(reboot).corp.example",
    "-f.corp.example",
    "a b.corp.example",
    "\u001b]0;title\u0007.corp.example",
    "кмс.corp.example",
  ])
    it(`no command is made of the target ${JSON.stringify(target)}: it is shown, to be deleted by hand`, () => {
      const report = judgeHosts(worldOf({ [target]: [[REFUSED]] }));
      const [deletion] = report.hosts.flatMap(({ deletions }) => deletions);
      assert.deepEqual(deletion?.nsupdate, []);
      assert.equal(deletion?.powershell, "");
      assert.match(deletion?.record ?? "", /^_countersign\._tcp\.corp\.example\. IN SRV 0 0 1688 /);
      for (const line of [deletion?.record ?? "", ...finderLines(report)]) assert.doesNotMatch(line, /\p{Cc}/u);
    });

  it("a record that a CNAME leads to is deleted where it is, in another zone without the zone's name", () => {
    const domain = domainWith(["old.corp.example"]);
    const names = domain.names.map((name) => ({ ...name, answer: { ...name.answer, owner: "hosts.other.example" } }));
    const [host] = judgeHosts(worldOf({ "old.corp.example": [[REFUSED]] }, { domains: [{ ...domain, names }] })).hosts;
    assert.deepEqual(host?.deletions, [
      {
        ...{ zone: "", powershell: "" },
        record: "hosts.other.example. IN SRV 0 0 1688 old.corp.example.",
        nsupdate: ["update delete hosts.other.example. SRV 0 0 1688 old.corp.example.", "send"],
      },
    ]);
  });

  it("a host of other publishers loses its record under our own name only", () => {
    const generic = domainWith(["it.corp.example"]);
    const own = generic.names.map((name) => ({
      ...{ name: `_tag._sub.${name.name}`, service: "own" as const, publisherId: "aa".repeat(16) },
      answer: { ...name.answer, owner: `_tag._sub.${name.name}` },
    }));
    const domains = [{ ...generic, names: [...own, ...generic.names] }];
    const [host] = judgeHosts(worldOf({ "it.corp.example": [[refusal("UNKNOWN_PUBLISHER")]] }, { domains })).hosts;
    assert.deepEqual(
      host?.deletions.map(({ record }) => record.split(" ")[0]),
      ["_tag._sub._countersign._tcp.corp.example."],
    );
    assert.equal(host?.records.length, 2);
  });
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { captureLinux } from "../../src/node/machine-identity/capture.ts";
import { fixedIdentityOf } from "../../src/node/machine-identity/fixed-identity.ts";
import { type LinuxCapture, readLinuxMachine } from "../../src/node/machine-identity/linux.ts";
import { readMacosMachine } from "../../src/node/machine-identity/macos.ts";
import { computerNameFrom } from "../../src/node/machine-identity/placeholders.ts";
import { readWindowsMachine } from "../../src/node/machine-identity/windows.ts";

const kinds = (reading: { components: readonly { kind: string }[] }) => reading.components.map(({ kind }) => kind);
const valueOfKind = (reading: { components: readonly { kind: string; value: string }[] }, kind: string) =>
  reading.components.find((component) => component.kind === kind)?.value;

const LINUX: LinuxCapture = {
  hostname: "build-17",
  productUuid: "4C4C4544-0042-3510-8051-B4C04F4A4D32\n",
  boardSerial: "/7B5Q2M3/CNWSC0012C00AB/\n",
  machineId: "3d1219c7c4c5404aaa1f6d2a48adfda4",
  interfaces: [
    { name: "lo", address: "00:00:00:00:00:00", assignType: "0", device: "" },
    { name: "docker0", address: "02:42:8f:00:11:22", assignType: "3", device: "" },
    {
      name: "enp0s20u1",
      address: "a4:ae:12:0d:0e:0f",
      assignType: "0",
      device: "../../devices/pci0/usb2/2-1/net/enp0s20u1",
    },
    { name: "wlp2s0", address: "7c:50:79:aa:bb:cc", assignType: "0", device: "../../devices/pci0/net/wlp2s0" },
    { name: "eno1", address: "d8:9e:f3:01:02:03", assignType: "0", device: "../../devices/pci0/net/eno1" },
  ],
  cpuinfo: "processor\t: 0\nmodel name\t: Intel(R) Xeon(R) E-2288G CPU @ 3.70GHz\nflags\t\t: fpu vme de\n",
  mountinfo:
    "22 1 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw\n23 22 0:21 / /proc rw - proc proc rw\n",
  volumes: { "vg-root": "0b0f5b0e-2f0f-4f5a-9d57-0f6f6f3a1c11" },
  containerMarks: "",
};

describe("a Linux machine", () => {
  it("is known by DMI, its built-in card, its installation and its root volume", () => {
    const reading = readLinuxMachine(LINUX);
    assert.deepEqual(reading.components, [
      { kind: "smbiosUuid", value: "4c4c4544-0042-3510-8051-b4c04f4a4d32" },
      { kind: "primaryMac", value: "d8:9e:f3:01:02:03" },
      { kind: "boardSerial", value: "/7b5q2m3/cnwsc0012c00ab/" },
      { kind: "osInstallId", value: "3d1219c7c4c5404aaa1f6d2a48adfda4" },
      { kind: "rootVolumeId", value: "0b0f5b0e-2f0f-4f5a-9d57-0f6f6f3a1c11" },
      { kind: "cpuModel", value: "intel(r) xeon(r) e-2288g cpu @ 3.70ghz" },
    ]);
    assert.equal(reading.computerName, "build-17");
    assert.equal(reading.isVirtual, false);
  });

  for (const [what, value] of [
    ["a vendor's filler", "To Be Filled By O.E.M."],
    ["all zeros", "00000000-0000-0000-0000-000000000000"],
    ["all ones", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"],
    ["a UUID many boards share", "03000200-0400-0500-0006-000700080009"],
    ["nothing", ""],
  ]) {
    it(`has no SMBIOS UUID when the board gives ${what}`, () => {
      assert.equal(valueOfKind(readLinuxMachine({ ...LINUX, productUuid: value ?? "" }), "smbiosUuid"), undefined);
    });
  }

  it("has no installation id while machine-id is uninitialized", () => {
    assert.ok(!kinds(readLinuxMachine({ ...LINUX, machineId: "uninitialized\n" })).includes("osInstallId"));
  });

  it("does not take a dock's card, a made-up address or a bridge for its own", () => {
    const without = (name: string) => LINUX.interfaces.filter((card) => card.name !== name);
    const macOf = (interfaces: LinuxCapture["interfaces"]) =>
      valueOfKind(readLinuxMachine({ ...LINUX, interfaces }), "primaryMac");
    assert.equal(macOf(without("eno1")), "7c:50:79:aa:bb:cc");
    assert.equal(macOf(without("eno1").filter(({ name }) => name !== "wlp2s0")), "a4:ae:12:0d:0e:0f");
    const random = LINUX.interfaces.map((card) => ({ ...card, assignType: "1" }));
    assert.equal(macOf(random), undefined);
    const local = LINUX.interfaces.map((card) => ({ ...card, address: "02:00:00:00:00:01" }));
    assert.equal(macOf(local), undefined);
  });

  it("knows a hypervisor by the processor's flag and a container by its marks, whose root has no volume", () => {
    const overlay = "99 98 0:50 / / rw - overlay overlay rw,lowerdir=/a\n";
    const flags = "model name : x\nflags\t\t: fpu hypervisor lahf_lm\n";
    const reading = readLinuxMachine({ ...LINUX, cpuinfo: flags, mountinfo: overlay, containerMarks: ".dockerenv" });
    assert.equal(reading.isVirtual, true);
    assert.equal(reading.isContainer, true);
    assert.ok(!kinds(reading).includes("rootVolumeId"));
  });

  it("is read here without an error, whatever this machine is", {
    skip: process.platform !== "linux" ? "not Linux" : false,
  }, async () => {
    const reading = readLinuxMachine(await captureLinux());
    assert.ok(reading.components.length <= 6);
    for (const { value } of reading.components) assert.match(value, /^\S.*\S$/);
  });
});

describe("a Mac", () => {
  const CAPTURE = {
    hostname: "Annas-MacBook.local",
    ioreg: `+-o J316sAP  <class IOPlatformExpertDevice, id 0x100000227, registered, matched, active>
    {
      "IOPlatformSerialNumber" = "C02XL0GTJGH5"
      "IOPlatformUUID" = "5A1F3C3E-8C11-5B77-9D57-6C8E6F3A1C11"
      "manufacturer" = <"Apple Inc.">
    }`,
    hardwarePorts: `
Hardware Port: Thunderbolt Ethernet Slot 1
Device: en7
Ethernet Address: 64:4b:f0:00:00:07

Hardware Port: Wi-Fi
Device: en0
Ethernet Address: f0:18:98:aa:bb:cc

VLAN Configurations
===================
`,
    diskutil: `   Device Identifier:         disk3s1s1
   Volume UUID:               1B3AF1D3-5B57-4A4B-9B93-1D4C9F0B2A11
   APFS Volume Group:         7F3AF1D3-5B57-4A4B-9B93-1D4C9F0B2A22
`,
    cpuBrand: "Apple M2 Pro\n",
    vmmPresent: "0\n",
  };

  it("is known by its platform UUID, its built-in port and its volumes", () => {
    const reading = readMacosMachine(CAPTURE);
    assert.deepEqual(reading.components, [
      { kind: "smbiosUuid", value: "5a1f3c3e-8c11-5b77-9d57-6c8e6f3a1c11" },
      { kind: "primaryMac", value: "f0:18:98:aa:bb:cc" },
      { kind: "boardSerial", value: "c02xl0gtjgh5" },
      { kind: "osInstallId", value: "7f3af1d3-5b57-4a4b-9b93-1d4c9f0b2a22" },
      { kind: "rootVolumeId", value: "1b3af1d3-5b57-4a4b-9b93-1d4c9f0b2a11" },
      { kind: "cpuModel", value: "apple m2 pro" },
    ]);
    assert.equal(reading.computerName, "Annas-MacBook.local");
    assert.equal(reading.isVirtual, false);
  });

  it("is virtual when the kernel says so, and empty when no command could be run", () => {
    assert.equal(readMacosMachine({ ...CAPTURE, vmmPresent: "1" }).isVirtual, true);
    const nothing = { hostname: "", ioreg: "", hardwarePorts: "", diskutil: "", cpuBrand: "", vmmPresent: "" };
    assert.deepEqual(readMacosMachine(nothing).components, []);
  });
});

describe("a Windows machine", () => {
  const CAPTURE = {
    hostname: "DESKTOP-4F2K9QX",
    machineGuid:
      "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\r\n    MachineGuid    REG_SZ    9d1f4c3e-8c11-4b77-9d57-6c8e6f3a1c11\r\n\r\n",
    product: "\r\nUUID : 4C4C4544-0042-3510-8051-B4C04F4A4D32\r\n\r\n",
    board: "SerialNumber : /7B5Q2M3/CNWSC0012C00AB/\r\n",
    processor: "Name : AMD Ryzen 7 PRO 5850U with Radeon Graphics     \r\n",
    system: "Manufacturer : Dell Inc.\r\nModel        : Latitude 5420\r\n",
    volume: "VolumeSerialNumber : A4C5E001\r\n",
    adapters: `
Name              : Ethernet 3
PermanentAddress  : A0CEC8112233
PnPDeviceID       : USB\\VID_0BDA&PID_8153\\000001
HardwareInterface : True

Name              : Ethernet
PermanentAddress  : D89EF3010203
PnPDeviceID       : PCI\\VEN_8086&DEV_15FC\\3&11583659
HardwareInterface : True

Name              : vEthernet (Default Switch)
PermanentAddress  : 00155D010203
PnPDeviceID       : ROOT\\VMS_MP\\0000
HardwareInterface : False
`.replaceAll("\n", "\r\n"),
  };

  it("is known by SMBIOS, its built-in card, MachineGuid and its system volume", () => {
    const reading = readWindowsMachine(CAPTURE);
    assert.deepEqual(reading.components, [
      { kind: "smbiosUuid", value: "4c4c4544-0042-3510-8051-b4c04f4a4d32" },
      { kind: "primaryMac", value: "d8:9e:f3:01:02:03" },
      { kind: "boardSerial", value: "/7b5q2m3/cnwsc0012c00ab/" },
      { kind: "osInstallId", value: "9d1f4c3e-8c11-4b77-9d57-6c8e6f3a1c11" },
      { kind: "rootVolumeId", value: "a4c5e001" },
      { kind: "cpuModel", value: "amd ryzen 7 pro 5850u with radeon graphics" },
    ]);
    assert.equal(reading.isVirtual, false);
  });

  it("reads what wmic prints too, and a virtual machine by its model", () => {
    const wmic = {
      ...CAPTURE,
      product: "\r\r\n\r\r\nUUID=564D1234-ABCD-0000-1111-222233334444\r\r\n",
      system: "Manufacturer=VMware, Inc.\r\r\nModel=VMware7,1\r\r\n",
    };
    const reading = readWindowsMachine(wmic);
    assert.equal(valueOfKind(reading, "smbiosUuid"), "564d1234-abcd-0000-1111-222233334444");
    assert.equal(reading.isVirtual, true);
  });
});

describe("a machine's name in a request", () => {
  it("is what the field allows, and absent otherwise", () => {
    assert.equal(computerNameFrom("pc-1.example_2"), "pc-1.example_2");
    assert.equal(computerNameFrom("büro"), "");
    assert.equal(computerNameFrom(""), "");
    assert.equal(computerNameFrom("x".repeat(80)).length, 63);
  });
});

describe("a fixed identity", () => {
  it("is another machine for another seed, and the same for the same seed file", async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "countersign-seed-"));
    t.after(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, "machine-seed"), "17 pc-17\n");
    const first = await (await fixedIdentityOf(directory)).read();
    const again = await (await fixedIdentityOf(directory)).read();
    writeFileSync(join(directory, "machine-seed"), "18 pc-18\n");
    const other = await (await fixedIdentityOf(directory)).read();
    assert.deepEqual(again, first);
    assert.equal(first.computerName, "pc-17");
    assert.notEqual(valueOfKind(other, "smbiosUuid"), valueOfKind(first, "smbiosUuid"));
  });
});

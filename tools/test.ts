// `npm test`: installs what the tests need where it may, then runs every check and test under one summary.
import { spawn, spawnSync } from "node:child_process";
import { ROOT } from "./source-files.ts";

/** What the tests use besides the packages of the lock file, and how to see that it is there. */
const NEEDS = [
  {
    debian: "python3-cryptography",
    probe: ["/usr/bin/python3", "-c", "import cryptography"],
    for: "the independent verifier of the protocol vectors",
  },
  {
    debian: "python3-grpcio",
    probe: ["/usr/bin/python3", "-c", "import grpc"],
    for: "a gRPC client in another language",
  },
  {
    debian: "python3-protobuf",
    probe: ["/usr/bin/python3", "-c", "import google.protobuf"],
    for: "a gRPC client in another language",
  },
  { debian: "wrk", probe: ["wrk", "-v"], for: "the bench" },
  { debian: "gcc", probe: ["gcc", "--version"], for: "the example in C" },
  {
    debian: "libc6-dev",
    probe: ["/usr/bin/python3", "-c", "open('/usr/include/stdio.h')"],
    for: "the example in C",
  },
  { debian: "systemd", probe: ["systemd-analyze", "--version"], for: "the agent's systemd unit" },
  { debian: "bind9", probe: ["named", "-v"], for: "publishing and discovery over a real DNS server" },
  { debian: "bind9-dnsutils", probe: ["dig", "-v"], for: "publishing and discovery over a real DNS server" },
  { debian: "bind9-utils", probe: ["named-checkzone", "-v"], for: "the records printed for a manual zone" },
  { debian: "iproute2", probe: ["ip", "-V"], for: "hosts in network namespaces of their own" },
  { debian: "nftables", probe: ["nft", "-v"], for: "hosts behind a filter" },
  { debian: "faketime", probe: ["faketime", "--version"], for: "machines whose clock is wrong" },
  { debian: "curl", probe: ["curl", "--version"], for: "the JSON form of the RPC" },
];

const long = process.argv.includes("--long");
const paths = process.argv.slice(2).filter((argument) => argument !== "--long");
installNeeds();
process.exit(await runTests());

function installNeeds(): void {
  // wrk -v ends with 1 although it is there, so presence is "could be started".
  const missing = NEEDS.filter((need) => {
    const { error, status } = spawnSync(need.probe[0] ?? "", need.probe.slice(1), { stdio: "ignore" });
    return error !== undefined || (need.probe[1] === "-c" && status !== 0);
  });
  if (missing.length === 0) return;
  const names = missing.map((need) => need.debian);
  if (process.env["CI"] !== undefined && process.getuid?.() === 0) {
    apt(["update", "-q"]);
    apt(["install", "-y", "-q", "--no-install-recommends", ...names]);
    return;
  }
  for (const need of missing)
    process.stderr.write(`${need.debian} is not installed: tests of ${need.for} will be skipped\n`);
  process.stderr.write(`  hint: apt-get install ${names.join(" ")}\n`);
}

function apt(args: readonly string[]): void {
  const { status } = spawnSync("apt-get", args, {
    stdio: ["ignore", 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  if (status !== 0) {
    process.stderr.write(`apt-get ${args.join(" ")} ended with exit code ${status}\n`);
    process.exit(1);
  }
}

async function runTests(): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--test",
      "--test-concurrency=2",
      "--test-reporter=spec",
      ...(paths.length > 0
        ? paths
        : ["packages/*/test/**/*.test.ts", "tools/*.test.ts", "bench/*.test.ts", "faults/*.test.ts"]),
    ],
    { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...(long ? { COUNTERSIGN_LONG: "1" } : {}) } },
  );
  return new Promise((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
}

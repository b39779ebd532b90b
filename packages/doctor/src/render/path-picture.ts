import type { CheckId } from "../checks/check.ts";
import type { CheckLine, DoctorReport } from "../report/report.ts";

/** A station or a way of the path from a machine to its publisher. */
export type PathPlace = "client" | "client-dns" | "dns" | "client-host" | "host" | "host-publisher" | "publisher";

/** How a place stands. `unknown`: nobody could look; `aside`: no check of it was made. */
export type PathState = "good" | "warning" | "broken" | "unknown" | "aside";

/** Where a check looks: its own row where it has one, else that of its category. */
const PLACES: Readonly<Record<string, PathPlace>> = {
  "CS-ENV-003": "client",
  "CS-CFG-002": "client",
  "CS-CFG-003": "client",
  "CS-STO-005": "client",
  "CS-CLK-003": "client",
  "CS-DNS-001": "client-dns",
  "CS-DNS-002": "client-dns",
  "CS-TRU-002": "client-host",
  "CS-RCH-006": "host",
  ENV: "host",
  CFG: "host",
  STO: "host",
  CLK: "host",
  DNS: "dns",
  NET: "host",
  HST: "host",
  CNT: "host",
  CLI: "host",
  TRU: "client",
  PUB: "host-publisher",
  IDN: "client",
  KEY: "client",
  DSC: "client-dns",
  RCH: "client-host",
  LIC: "client",
  RNW: "client",
};

/** Where a check looks. */
export function placeOf(check: CheckId): PathPlace {
  return PLACES[check] ?? PLACES[check.slice(3, 6)] ?? "host";
}

/** How each place stands: a place is broken where a cause lies; what only follows from it elsewhere breaks nothing there. */
export function pathStates(report: DoctorReport): Readonly<Record<PathPlace, PathState>> {
  const places = ["client", "client-dns", "dns", "client-host", "host", "host-publisher", "publisher"] as const;
  return Object.fromEntries(places.map((place) => [place, stateOf(place, report)])) as Record<PathPlace, PathState>;
}

function stateOf(place: PathPlace, { causes, checks }: DoctorReport): PathState {
  const here = causes.filter(({ check }) => placeOf(check) === place).map(({ gravity }) => gravity);
  if (here.some((gravity) => gravity === "fatal" || gravity === "error")) return "broken";
  if (here.includes("warning")) return "warning";
  // Nobody stands at the publisher's: it is as well as the way to it is seen to lead there.
  const looked = checks.filter(({ id }) => placeOf(id) === (place === "publisher" ? "host-publisher" : place));
  return lookedState(looked);
}

function lookedState(looked: readonly CheckLine[]): PathState {
  if (looked.some(({ outcome }) => outcome === "unknown")) return "unknown";
  const isBad = (outcome: CheckLine["outcome"]) => outcome === "found" || outcome === "good";
  return looked.some(({ outcome }) => isBad(outcome)) ? "good" : "aside";
}

const STATIONS = [
  { place: "client", x: 90, name: "client" },
  { place: "dns", x: 330, name: "DNS" },
  { place: "host", x: 570, name: "host" },
  { place: "publisher", x: 810, name: "publisher" },
] as const;
const RADIUS = 46;
const MIDDLE = 120;
const WORDS: Readonly<Record<PathState, string>> = {
  good: "good",
  warning: "warning",
  broken: "broken here",
  unknown: "could not look",
  aside: "not looked at",
};

/** The path as SVG, with its states as classes and as words. The way from client to host goes over DNS in an arc. */
export function pathPicture(report: DoctorReport): string {
  const states = pathStates(report);
  const [client, dns, host, publisher] = STATIONS;
  const lines = [
    wayBetween(client.x, dns.x, states["client-dns"], "asks"),
    wayBetween(host.x, publisher.x, states["host-publisher"], "is certified"),
    wayOver(client.x, host.x, states["client-host"], "is activated"),
    wayBetween(dns.x, host.x, states.dns, "leads to"),
  ];
  const stations = STATIONS.map(({ place, x, name }) => station(x, name, states[place]));
  const broken = Object.entries(states).filter(([, state]) => state === "broken");
  const title =
    broken.length === 0 ? "no place of the path is broken" : `broken at: ${broken.map(([place]) => place).join(", ")}`;
  return `<svg viewBox="0 0 900 230" role="img" aria-label="the path from client over DNS and host to publisher: ${title}">
${[...lines, ...stations].join("\n")}
</svg>`;
}

function station(x: number, name: string, state: PathState): string {
  return `<g class="${state}"><circle cx="${x}" cy="${MIDDLE}" r="${RADIUS}"/><text x="${x}" y="${MIDDLE + 5}">${name}</text><text class="state" x="${x}" y="${MIDDLE + RADIUS + 22}">${WORDS[state]}</text></g>`;
}

function wayBetween(from: number, to: number, state: PathState, name: string): string {
  const [start, end] = [from + RADIUS, to - RADIUS];
  return `<g class="${state}"><path d="M${start} ${MIDDLE}H${end}"/><text class="way" x="${(start + end) / 2}" y="${MIDDLE - 8}">${name}</text>${cross((start + end) / 2, MIDDLE, state)}</g>`;
}

function wayOver(from: number, to: number, state: PathState, name: string): string {
  const top = 30;
  const middle = (from + to) / 2;
  return `<g class="${state}"><path d="M${from} ${MIDDLE - RADIUS}Q${middle} ${2 * top - MIDDLE + RADIUS} ${to} ${MIDDLE - RADIUS}"/><text class="way" x="${middle}" y="${top - 16}">${name}</text>${cross(middle, top, state)}</g>`;
}

/** A way that is broken is crossed out: colour alone says nothing. */
function cross(x: number, y: number, state: PathState): string {
  return state === "broken" ? `<path class="cross" d="M${x - 9} ${y - 9}l18 18m0 -18l-18 18"/>` : "";
}

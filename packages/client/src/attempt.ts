import { type Refusal, type RefusalReason, refuse, toHex, toUuid } from "@countersign/domain";
import { requestIdOf } from "@countersign/protocol";
import { askHost, type HeardAnswer } from "./ask-host.ts";
import { refusalProcessed, requestSent, statementProcessed, untrustedHost } from "./attempt-events.ts";
import { buildSeries, keepsSeries } from "./attempt-series.ts";
import { type ChosenHost, hostsToAsk } from "./find-host.ts";
import { formatHostTarget } from "./host-address.ts";
import { beginWalk, type HostWalk, hostsInTurn, nobodyFound } from "./host-walk.ts";
import { judgeMachine } from "./observe-machine.ts";
import { observePresent, type Present, reasonOfProblem, refreshSettings, save, tell } from "./publisher-session.ts";
import { draftOf, productIn, reduceDraft, type Session, settle } from "./session.ts";
import { type TakenStatement, takeStatement } from "./take-statement.ts";
import { noteAnswer } from "./target-memory.ts";
import type { LastAttempt, TriedHost } from "./tried-host.ts";
import { type AttemptSeries, type TrustedState, withProduct } from "./trusted-state.ts";

/** A stale answer, a directive, and the answer to the new identity. */
const MOST_ROUNDS = 3;
const MOST_KEPT_HOSTS = 16;
const MOST_KEPT_LOOKUPS = 8;

/** Who wants an attempt: a person has it made at once, past every backoff. */
export interface AttemptTrigger {
  readonly interactive: boolean;
  /** A word for event 8198: `timer`, `person`. */
  readonly trigger: string;
}

/** What came of one attempt. Refusals are values: the host application decides what they mean to it. */
export type ActivationResult =
  | {
      readonly ok: true;
      readonly host: string;
      readonly count: number;
      readonly requiredCount: number;
      readonly tried: readonly TriedHost[];
      /** The names that were asked in DNS. */
      readonly lookups: LastAttempt["lookups"];
    }
  | {
      readonly ok: false;
      readonly refusal: Refusal;
      readonly tried: readonly TriedHost[];
      readonly lookups: LastAttempt["lookups"];
    };

/** One attempt: the kept bytes or a new question, each host in turn, verify, save, only then LICENSED. */
export async function attempt(session: Session, trigger: AttemptTrigger): Promise<ActivationResult> {
  const refusal = cannotAsk(session);
  if (refusal !== undefined) return { ok: false, refusal, tried: [], lookups: [] };
  await refreshSettings(session);
  session.machine = await session.ports.machine.read();
  const present = observePresent(session);
  const judged = judgeMachine(draftOf(session), session, present);
  // A machine that is what it was writes nothing of its own: the attempt saves before it asks and when it ends.
  if (judged.effects.length > 0) await settle(session, judged, present, { binding: false });
  else session.state = judged.state;
  const walk = beginWalk(trigger.interactive);
  return ask(session, { ...trigger, walk, tried: [], soonestMs: Number.POSITIVE_INFINITY, rounds: 0 });
}

/** An attempt under way. `soonestMs`: how soon a lost reply or a busy host may be asked again. */
interface Attempt extends AttemptTrigger {
  readonly walk: HostWalk;
  readonly tried: TriedHost[];
  soonestMs: number;
  rounds: number;
}

/** Again at once after a directive, or when what came answered an old series. */
async function ask(session: Session, attempt: Attempt): Promise<ActivationResult> {
  const opened = await openSeries(session, attempt.interactive);
  if (!opened.ok) return failed(session, attempt, opened.reason);
  const taken = await firstStatement(session, opened.series, attempt);
  if (taken === undefined) return failed(session, attempt);
  const { draft, present, askAgain } = takeStatement(session, taken, taken.present);
  const { statement, certificate } = taken.answer.verified;
  const requestId = requestIdText(session, taken.series);
  const event = statementProcessed(statement, present.reading.wallMs);
  const processed = { kind: "event", event, productId: session.product.productId } as const;
  const state = withAttempt(draft.state, session, attempt, present);
  const whole = { state, effects: [processed, ...draft.effects] };
  if (!(await settle(session, whole, present, { binding: true, requestId }))) return notKept(session, attempt, taken);
  session.knownCertificate = statement.kind === "reidentify" ? session.knownCertificate : certificate;
  if (statement.kind === "lease") session.leaseCertificate = certificate.certificate;
  attempt.rounds += 1;
  if (askAgain && attempt.rounds < MOST_ROUNDS) return ask(session, attempt);
  return resultOf(taken, attempt);
}

function cannotAsk(session: Session): Refusal | undefined {
  if (session.blocked !== undefined) return refuse(session.blocked, { detail: session.degraded?.detail ?? "" });
  const { key, policy } = productIn(session.state, session).license;
  if (key === undefined) return refuse("KEY_NOT_INSTALLED");
  return policy.covered ? undefined : refuse("PRODUCT_NOT_COVERED");
}

/** The series is saved before its first byte leaves: a crash must not make the machine ask with other bytes (§5.4). */
async function openSeries(session: Session, interactive: boolean) {
  const present = observePresent(session);
  const product = productIn(session.state, session);
  if (product.series !== undefined && (interactive || keepsSeries(product, present.now.atMs))) {
    return { ok: true, series: product.series } as const;
  }
  const series = buildSeries(session, present, interactive);
  const seriesReplacedMs = product.series?.nonceRefused ? present.now.atMs : product.seriesReplacedMs;
  const state = withProduct(session.state, { ...product, series, seriesReplacedMs });
  if (await save(session, state, present)) return { ok: true, series } as const;
  return { ok: false, reason: problemReason(session) } as const;
}

async function firstStatement(
  session: Session,
  series: AttemptSeries,
  attempt: Attempt,
): Promise<(TakenStatement & Pick<HeardAnswer, "present">) | undefined> {
  const { walk } = attempt;
  for await (const turn of hostsInTurn(session, walk)) {
    const heard = await askHost(session, series, turn);
    const host = { ...turn.host, address: heard.address };
    tellAnswer(session, host, series, heard);
    attempt.soonestMs = Math.min(attempt.soonestMs, noteAnswer(session, host, heard));
    const { answer, present } = heard;
    attempt.tried.push(triedHost(host, answer));
    if (answer.kind === "statement") return { answer, host, series, present };
    walk.failed.add(formatHostTarget(host));
  }
  // Nobody may be asked yet: again as soon as one may.
  if (attempt.tried.length === 0) attempt.soonestMs = Math.min(attempt.soonestMs, walk.restMs);
  return undefined;
}

function tellAnswer(session: Session, host: ChosenHost, series: AttemptSeries, { answer, present }: HeardAnswer): void {
  const of = { requestId: requestIdText(session, series), product: toUuid(session.activationId) };
  tell(session, requestSent(session, host, { series, answer, present }), of);
  if (answer.kind === "statement" || !answer.replied) return;
  tell(session, refusalProcessed(answer.reason, present.reading.wallMs), of);
  if (answer.reason === "UNTRUSTED_HOST") tell(session, untrustedHost(host, answer), of);
}

/** A verified statement that the store did not take changes nothing; the same bytes will bring it again. */
async function notKept(
  session: Session,
  attempt: Attempt,
  { answer, host, series, present }: TakenStatement & Pick<HeardAnswer, "present">,
): Promise<ActivationResult> {
  const reason = problemReason(session);
  const processed = statementProcessed(answer.verified.statement, present.reading.wallMs, reason);
  tell(session, processed, { requestId: requestIdText(session, series), product: toUuid(session.activationId) });
  attempt.tried.pop();
  attempt.tried.push({ ...triedHost(host, answer), reason, detail: session.degraded?.detail ?? "" });
  return failed(session, attempt);
}

/** The attempt failed as a whole: event 8198, and the next one after the activation interval, or sooner for a lost reply. */
async function failed(session: Session, attempt: Attempt, without?: RefusalReason): Promise<ActivationResult> {
  const { tried, trigger, soonestMs, walk } = attempt;
  const present = observePresent(session);
  const reasons = tried.flatMap(({ reason }) => reason ?? []);
  const innerReasons = without === undefined ? reasons : [...reasons, without];
  const product = productIn(session.state, session);
  const nonceRefused = product.series?.nonceRefused === true || reasons.includes("NONCE_REUSED");
  const series = product.series && { ...product.series, nonceRefused };
  const state = withAttempt(withProduct(session.state, { ...product, series }), session, attempt, present);
  const noted = { state, effects: [] };
  const draft = reduceDraft(noted, session, { kind: "attempt-failed", trigger, innerReasons }, present.now);
  await settle(session, draft, present, {
    binding: false,
    latest: { productId: product.productId, atMs: present.now.atMs + soonestMs },
  });
  return { ok: false, refusal: summary(attempt, without, session), tried, lookups: walk.lookups };
}

/** What is asked after a restart: who was asked, and what each said. */
function withAttempt(state: TrustedState, session: Session, attempt: Attempt, { reading }: Present): TrustedState {
  const { tried, walk } = attempt;
  const lookups = walk.lookups.slice(-MOST_KEPT_LOOKUPS);
  const lastAttempt = { atMs: reading.wallMs, tried: tried.slice(-MOST_KEPT_HOSTS), lookups };
  return withProduct(state, { ...productIn(state, session), lastAttempt });
}

function summary({ tried, walk }: Attempt, without: RefusalReason | undefined, session: Session): Refusal {
  if (without !== undefined) return refuse(without, { detail: session.degraded?.detail ?? "" });
  const [only, ...more] = tried;
  if (only?.reason === undefined) {
    const isKnown = hostsToAsk(session.settings.values, session.state).length > 0;
    const unfound = isKnown ? undefined : nobodyFound(walk);
    if (unfound !== undefined) return unfound;
    return refuse("ALL_HOSTS_FAILED", { detail: "each asked to be left alone for now" });
  }
  if (more.length > 0)
    return refuse("ALL_HOSTS_FAILED", { detail: tried.map(({ host, reason }) => `${host} ${reason}`).join(", ") });
  const [name = "", port = ""] = [only.host.replace(/:\d+$/, ""), /\d+$/.exec(only.host)?.[0]];
  return refuse(only.reason, { host: only.host, name, port, inner: only.inner ?? "", detail: only.detail });
}

function resultOf({ answer, host }: TakenStatement, { tried, walk: { lookups } }: Attempt): ActivationResult {
  const { statement } = answer.verified;
  switch (statement.kind) {
    case "lease": {
      const { count, requiredCount } = statement;
      return { ok: true, host: formatHostTarget(host), count, requiredCount, tried, lookups };
    }
    case "count-report": {
      const { count, requiredCount } = statement;
      return { ok: false, refusal: refuse("COUNT_TOO_LOW", { count, requiredCount }), tried, lookups };
    }
    case "reidentify":
      return { ok: false, refusal: refuse("REIDENTIFY_LIMIT"), tried, lookups };
  }
}

function triedHost(host: ChosenHost, answer: HeardAnswer["answer"]): TriedHost {
  const own = { host: formatHostTarget(host), why: host.why, address: host.address ?? "" };
  if (answer.kind === "statement") return { ...own, reason: undefined, inner: undefined, detail: "" };
  return { ...own, reason: answer.reason, inner: answer.inner, detail: answer.detail };
}

function problemReason({ degraded }: Session): RefusalReason {
  return degraded === undefined ? "STORE_UNAVAILABLE" : reasonOfProblem(degraded);
}

function requestIdText({ ports }: Session, { nonce }: AttemptSeries): string {
  return toHex(requestIdOf(nonce, ports.cryptography.sha256));
}

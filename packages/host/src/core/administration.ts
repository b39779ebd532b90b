import {
  type CatalogEvent,
  COUNT_WINDOW_MS,
  contactCorrection,
  EVENT,
  equalBytes,
  eventOf,
  type HostSettingName,
  RefusalError,
  type RefusalReason,
  refuse,
} from "@countersign/domain";
import type { NewEvent } from "@countersign/storage";
import { isRenewalDue } from "./activate-seat.ts";
import { roleNamed } from "./administrators.ts";
import { settleClock } from "./clock-step.ts";
import { dailyEvents, isDayDue } from "./daily-events.ts";
import type { DnsPublisher } from "./dns/dns-publisher.ts";
import { type HostCore, writing } from "./open-core.ts";
import { adminAction } from "./request-events.ts";
import { keepBounds } from "./retention.ts";
import type { Seat } from "./seat.ts";
import { createSeatChanges } from "./seat-changes.ts";

/** An administrator as asked for, the role still a word from outside. */
export interface NewAdministrator {
  readonly name: string;
  readonly role: string;
  readonly expiresMs: number | undefined;
}

/** What an administrator and the hourly tick may do with a host. `actor`: who it was, for event 30012. */
export function administration(core: HostCore, dns: DnsPublisher) {
  const { parts, clock, state, batcher, nowMs, latestNotAfterMs } = core;
  const { write, systemEvent, flushSummaries } = writing(core);
  const replace = (opened: Seat) => {
    core.replace(opened);
    dns.wake();
  };
  const changes = createSeatChanges({ ...core, systemEvent, replace });
  const { addTrust, installKey, removeKey, activateSeat, lastRefusal, certificateFailure } = changes;
  /** The seats with a key; an empty id means those of every publisher. */
  const keyedSeats = (publisherId: Uint8Array, none: RefusalReason): readonly Seat[] => {
    const isWanted = ({ row }: Seat) => publisherId.length === 0 || equalBytes(row.publisherId, publisherId);
    const keyed = core.seats().filter((seat) => isWanted(seat) && seat.row.key !== undefined);
    if (keyed.length === 0) throw new RefusalError(refuse(none));
    return keyed;
  };
  const service = serviceEvents(core, dns);
  let isEnding = false;
  let lastRound: Promise<unknown> = Promise.resolve();
  return {
    addTrust,
    installKey,
    certificateFailure,
    async removeKey(publisherId: Uint8Array, actor: string): Promise<void> {
      for (const { row } of keyedSeats(publisherId, "KEY_NOT_INSTALLED")) await removeKey(row.seat, actor);
    },
    async activateOnline(publisherId: Uint8Array): Promise<void> {
      for (const { row } of keyedSeats(publisherId, "HOST_NOT_ENABLED")) await activateSeat(row.seat);
    },
    ...rights(core, dns, systemEvent),
    started: service.started,
    /** Renews what is due; a publisher that cannot be reached is asked again at the next tick. */
    async tick(): Promise<void> {
      await settleClock(state);
      await flushSummaries(false);
      for (const seat of core.seats().filter((each) => isRenewalDue(each, nowMs(), lastRefusal(each.row.seat)))) {
        await activateSeat(seat.row.seat).catch((fault) =>
          parts.log.warn({ err: fault }, "the host certificate was not renewed"),
        );
      }
      dns.wake();
    },
    /** The events of the day, and what the log and the inventory have to let go of. Ends between two units at a stop. */
    async keepHouse(): Promise<void> {
      if (isEnding) return;
      if (await isDayDue(parts, nowMs())) await writeDay(core);
      lastRound = keepBounds(parts, core.settings.effective.values, nowMs(), () => isEnding);
      await lastRound;
    },
    async acceptClock(actor?: string): Promise<number> {
      const record = clock.accepted(latestNotAfterMs());
      const correction = contactCorrection(clock.record, record);
      await write(async (unit) => {
        if (correction !== undefined) await unit.moveContacts(correction);
        await unit.saveClock(JSON.stringify(record));
        await unit.appendEvents([systemEvent(adminAction("clock accepted", "", actor))]);
      });
      clock.committed(record);
      state.areWindowsStale = true;
      return record.guardedMs;
    },
    /** Writes one event of the host as a whole. */
    async note(event: CatalogEvent): Promise<void> {
      await write((unit) => unit.appendEvents([systemEvent(event)]));
    },
    /** Finishes what was accepted, then writes the open summaries: a stop never fails for a store that has no room. */
    async drain(): Promise<void> {
      isEnding = true;
      await batcher.drain();
      await lastRound;
      await flushSummaries(true).catch((fault) =>
        parts.log.warn(
          { err: fault },
          "expected to write the summaries of dropped requests, found that the store fails",
        ),
      );
      await service.stopped();
    },
  };
}

/** What a service tells of itself: 902, and 903 after it. A store without room for them stops neither. */
function serviceEvents(core: HostCore, dns: DnsPublisher) {
  const { parts } = core;
  const { write, systemEvent } = writing(core);
  let isStarted = false;
  const note = async (event: CatalogEvent): Promise<void> => {
    await write((unit) => unit.appendEvents([systemEvent(event)])).catch((fault) =>
      parts.log.warn({ err: fault }, `expected to write event ${event.eventId}, found that the store fails`),
    );
  };
  return {
    async started(): Promise<void> {
      isStarted = true;
      await note(eventOf(EVENT.serviceStarted, { version: parts.softwareVersion }));
      dns.begin();
    },
    async stopped(): Promise<void> {
      await dns.end();
      if (!isStarted) return;
      isStarted = false;
      await note(eventOf(EVENT.serviceStopped, { reason: "stop requested" }));
    },
  };
}

async function writeDay(core: HostCore): Promise<void> {
  const { parts, nowMs } = core;
  const { write, systemEvent } = writing(core);
  const sinceMs = nowMs() - COUNT_WINDOW_MS;
  const events = await dailyEvents(core.seats(), nowMs(), parts.clock.wallMs(), ({ row }, applicationId) =>
    parts.store.machinesSeen(row.seat, applicationId, sinceMs),
  );
  if (events.length > 0) await write((unit) => unit.appendEvents(events.map(systemEvent)));
}

/** Settings and tokens: each change is one unit with its event. */
function rights(
  { settings, administrators, nowMs }: HostCore,
  dns: DnsPublisher,
  systemEvent: (event: CatalogEvent) => NewEvent,
) {
  return {
    settings: () => settings.effective,
    /** Keeps a setting, or with undefined takes it back, and puts it in force at once. */
    async changeSetting(name: HostSettingName, text: string | undefined, actor: string) {
      const action = text === undefined ? `${name} cleared` : `${name} set`;
      const effective = await settings.change(name, text, () => systemEvent(adminAction(action, text ?? "", actor)));
      dns.wake();
      return effective;
    },
    administrators: () => administrators.list(),
    administratorWith: (token: string) => administrators.knownBy(token, nowMs()),
    addAdministrator(wanted: NewAdministrator, actor: string): Promise<string> {
      const { name, role } = wanted;
      const named = { ...wanted, role: roleNamed(role) };
      const event = () => systemEvent(adminAction(`administrator added as ${role}`, name, actor));
      return administrators.add(named, nowMs(), event);
    },
    revokeAdministrator(name: string, actor: string): Promise<void> {
      return administrators.revoke(name, () => systemEvent(adminAction("administrator revoked", name, actor)));
    },
  };
}

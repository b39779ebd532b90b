import {
  type CatalogEvent,
  contactCorrection,
  EVENT_SOURCE,
  EVENTS,
  equalBytes,
  type HostSettingName,
  infoLine,
  isEventId,
  RefusalError,
  type RefusalReason,
  refuse,
  toHex,
} from "@countersign/domain";
import type { NewEvent } from "@countersign/storage";
import { isRenewalDue } from "./activate-seat.ts";
import { roleNamed } from "./administrators.ts";
import { type HostCore, writing } from "./open-core.ts";
import { adminAction } from "./request-events.ts";
import type { Seat } from "./seat.ts";
import { createSeatChanges } from "./seat-changes.ts";

/** An administrator as asked for, the role still a word from outside. */
export interface NewAdministrator {
  readonly name: string;
  readonly role: string;
  readonly expiresMs: number | undefined;
}

/** What an administrator and the hourly tick may do with a host. `actor`: who it was, for event 30012. */
export function administration(core: HostCore) {
  const { parts, clock, state, batcher, nowMs, latestNotAfterMs } = core;
  const { write, systemEvent, flushSummaries } = writing(core);
  const { addTrust, installKey, removeKey, activateSeat, lastRefusal } = createSeatChanges({ ...core, systemEvent });
  /** The seats with a key; an empty id means those of every publisher. */
  const keyedSeats = (publisherId: Uint8Array, none: RefusalReason): readonly Seat[] => {
    const isWanted = ({ row }: Seat) => publisherId.length === 0 || equalBytes(row.publisherId, publisherId);
    const keyed = core.seats().filter((seat) => isWanted(seat) && seat.row.key !== undefined);
    if (keyed.length === 0) throw new RefusalError(refuse(none));
    return keyed;
  };
  return {
    addTrust,
    installKey,
    async removeKey(publisherId: Uint8Array, actor: string): Promise<void> {
      for (const { row } of keyedSeats(publisherId, "KEY_NOT_INSTALLED")) await removeKey(row.seat, actor);
    },
    async activateOnline(publisherId: Uint8Array): Promise<void> {
      for (const { row } of keyedSeats(publisherId, "HOST_NOT_ENABLED")) await activateSeat(row.seat);
    },
    ...rights(core, systemEvent),
    /** Renews what is due; a publisher that cannot be reached is asked again at the next tick. */
    async tick(): Promise<void> {
      await flushSummaries(false);
      for (const seat of core.seats().filter((each) => isRenewalDue(each, nowMs(), lastRefusal(each.row.seat)))) {
        await activateSeat(seat.row.seat).catch((fault) =>
          parts.log.warn({ err: fault }, "the host certificate was not renewed"),
        );
      }
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
    async listEvents(afterId: number, limit: number, eventIds: readonly number[]) {
      const events = await parts.store.events({ afterId, limit: Math.min(limit || 100, 1000), eventIds });
      return events.map((event) => ({
        id: BigInt(event.id),
        timeMs: BigInt(event.timeMs),
        eventId: event.eventId,
        level: isEventId(event.eventId) ? EVENTS[event.eventId].level : "information",
        log: isEventId(event.eventId) ? EVENTS[event.eventId].log : "Application",
        source: EVENT_SOURCE,
        computer: parts.computerName,
        requestId: event.requestId === undefined ? "" : toHex(event.requestId),
        info: infoLine(event.eventId, event.data),
        dataJson: JSON.stringify(event.data),
        repeats: event.repeats,
      }));
    },
    /** Writes one event of the host as a whole. */
    async note(event: CatalogEvent): Promise<void> {
      await write((unit) => unit.appendEvents([systemEvent(event)]));
    },
    /** Finishes what was accepted, then writes the open summaries: a stop never fails for a store that has no room. */
    async drain(): Promise<void> {
      await batcher.drain();
      await flushSummaries(true).catch((fault) =>
        parts.log.warn(
          { err: fault },
          "expected to write the summaries of dropped requests, found that the store fails",
        ),
      );
    },
  };
}

/** Settings and tokens: each change is one unit with its event. */
function rights({ settings, administrators, nowMs }: HostCore, systemEvent: (event: CatalogEvent) => NewEvent) {
  return {
    settings: () => settings.effective,
    /** Keeps a setting, or with undefined takes it back, and puts it in force at once. */
    changeSetting(name: HostSettingName, text: string | undefined, actor: string) {
      const action = text === undefined ? `${name} cleared` : `${name} set`;
      return settings.change(name, text, () => systemEvent(adminAction(action, text ?? "", actor)));
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

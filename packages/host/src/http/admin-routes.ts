import type { ConnectRouter, HandlerContext, ServiceImpl } from "@connectrpc/connect";
import {
  type HostSettingName,
  hostSettingText,
  isHostSettingName,
  RefusalError,
  refuse,
  toUuid,
} from "@countersign/domain";
import { HostAdminService } from "@countersign/protocol/gen/host_admin";
import { dnsStatus } from "../core/dns/dns-status.ts";
import type { Host } from "../core/host.ts";
import { LOCAL_ADMINISTRATOR } from "../core/request-events.ts";
import { eventMessage, filterOf } from "./event-messages.ts";
import { callerOf } from "./rpc-adapter.ts";

/** HostAdminService over a host: messages to calls and back, nothing else. */
export function adminRoutes(host: Host): (router: ConnectRouter) => void {
  const seats = async () => ({ seats: (await host.status()).seats });
  return (router) =>
    router.service(HostAdminService, {
      getStatus: () => host.status(),
      getLicence: async () => ({
        softwareVersion: (await host.status()).softwareVersion,
        licencesJson: (await host.licences()).map((licence) => JSON.stringify(licence)),
      }),
      addTrust: async ({ trustFile }, context) => published(await host.addTrust(trustFile, actorOf(context))),
      installKey: async ({ productKey }, context) => {
        const seat = await host.installKey(productKey, actorOf(context));
        const key = seat.row.key;
        return { ...published(seat), partialKey: key?.lastFive ?? "", keyGroup: key?.keyGroup ?? 0 };
      },
      removeKey: async ({ publisherId }, context) => {
        await host.removeKey(publisherId, actorOf(context));
        return seats();
      },
      activateOnline: async ({ publisherId }) => {
        await host.activateOnline(publisherId);
        return seats();
      },
      ...eventRoutes(host),
      acceptClock: async (_, context) => ({ guardedTimeMs: BigInt(await host.acceptClock(actorOf(context))) }),
      ...settingRoutes(host),
      ...administratorRoutes(host),
      publishDns: async () => ({ dns: dnsStatus(await host.dns.publish()) }),
      getFacts: async () => ({ factsJson: JSON.stringify(await host.facts()) }),
      unpublishDns: async () => ({ dns: dnsStatus(await host.dns.unpublish()) }),
    });
}

function eventRoutes(
  host: Host,
): Pick<ServiceImpl<typeof HostAdminService>, "listEvents" | "findEvents" | "findMachines"> {
  const most = (limit: number) => Math.min(limit || 100, 1000);
  return {
    listEvents: async ({ afterId, limit, eventIds, filter }) => {
      const asked = filterOf(filter, host.productNames());
      const wanted = eventIds.length === 0 ? asked : { ...asked, eventIds };
      const { events, lastId } = await host.events.after(wanted, Number(afterId), most(limit));
      return { events: events.map(eventMessage), lastId: BigInt(lastId) };
    },
    findEvents: async ({ filter, before, limit }) => {
      const place = before && { timeMs: Number(before.timeMs), id: Number(before.id) };
      const found = await host.events.find(filterOf(filter, host.productNames()), place, most(limit));
      const { events, next, completeSinceMs = 0 } = found;
      return {
        events: events.map(eventMessage),
        ...(next === undefined ? {} : { next: { timeMs: BigInt(next.timeMs), id: BigInt(next.id) } }),
        completeSinceMs: BigInt(completeSinceMs),
      };
    },
    findMachines: async ({ wanted }) => ({
      machines: (await host.events.machines(wanted)).map((row) => ({
        cmid: toUuid(row.cmid),
        name: row.clientName,
        address: row.address,
        lastSeenMs: BigInt(row.lastSeenMs),
        product: host.productNameOf(row.seat, row.productId),
        counts: row.hasRow,
      })),
    }),
  };
}

function settingRoutes(host: Host) {
  const shown = (name: HostSettingName) => {
    const { values, origins } = host.settings();
    return { name, value: hostSettingText(name, values[name]), ...origins[name] };
  };
  return {
    listSettings: () => ({ settings: Object.keys(host.settings().values).filter(isHostSettingName).map(shown) }),
    setSetting: async ({ name, value }: { name: string; value: string }, context: HandlerContext) => {
      const setting = settingNamed(name);
      await host.changeSetting(setting, value, actorOf(context));
      return { setting: shown(setting) };
    },
    clearSetting: async ({ name }: { name: string }, context: HandlerContext) => {
      const setting = settingNamed(name);
      await host.changeSetting(setting, undefined, actorOf(context));
      return { setting: shown(setting) };
    },
  };
}

function administratorRoutes(host: Host) {
  return {
    addAdministrator: async (
      { name, role, expiresMs }: { name: string; role: string; expiresMs: bigint },
      context: HandlerContext,
    ) => {
      const wanted = { name, role, expiresMs: expiresMs === 0n ? undefined : Number(expiresMs) };
      return { token: await host.addAdministrator(wanted, actorOf(context)) };
    },
    listAdministrators: () => ({
      administrators: host.administrators().map(({ createdMs, expiresMs, ...who }) => ({
        ...who,
        createdMs: BigInt(createdMs),
        expiresMs: BigInt(expiresMs ?? 0),
      })),
    }),
    revokeAdministrator: async ({ name }: { name: string }, context: HandlerContext) => {
      await host.revokeAdministrator(name, actorOf(context));
      return {};
    },
  };
}

function actorOf(context: HandlerContext): string {
  return callerOf(context) || LOCAL_ADMINISTRATOR;
}

function settingNamed(name: string): HostSettingName {
  if (isHostSettingName(name)) return name;
  throw new RefusalError(refuse("NOT_FOUND", { what: "setting", name }));
}

function published(seat: Awaited<ReturnType<Host["addTrust"]>>) {
  return { publisherId: seat.row.publisherId, publisherName: seat.trust.publisherName };
}

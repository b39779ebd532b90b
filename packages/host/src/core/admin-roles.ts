import type { HostAdminService } from "@countersign/protocol/gen/host_admin";

/** Who may do what over the network: each role may also do what those before it may. */
export const ADMIN_ROLES = ["viewer", "operator", "administrator"] as const;
/** One of them. */
export type AdminRole = (typeof ADMIN_ROLES)[number];

/** A method of the service. */
export type AdminMethod = keyof typeof HostAdminService.method;

/** THE least role that may call each method: looking, daily work, and what hands out or takes away rights. */
export const METHOD_ROLES: Readonly<Record<AdminMethod, AdminRole>> = {
  getStatus: "viewer",
  getLicence: "viewer",
  listEvents: "viewer",
  findEvents: "viewer",
  findMachines: "viewer",
  listSettings: "viewer",
  getFacts: "viewer",
  activateOnline: "operator",
  setSetting: "operator",
  clearSetting: "operator",
  publishDns: "operator",
  unpublishDns: "operator",
  acceptClock: "administrator",
  addTrust: "administrator",
  installKey: "administrator",
  removeKey: "administrator",
  addAdministrator: "administrator",
  listAdministrators: "administrator",
  revokeAdministrator: "administrator",
};

/** What everybody on the host's own machine may see: slmgr reads without being root (behaviour.md §3). No event, no name. */
export const EVERYBODYS_METHODS: readonly AdminMethod[] = ["getStatus", "getLicence", "listSettings"];

/** True when `role` is `least` or above it. */
export function isAtLeastRole(role: AdminRole, least: AdminRole): boolean {
  return ADMIN_ROLES.indexOf(role) >= ADMIN_ROLES.indexOf(least);
}

/** Narrows a word from outside. */
export function adminRoleOf(text: string): AdminRole | undefined {
  return ADMIN_ROLES.find((role) => role === text);
}

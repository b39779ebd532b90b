export { type ActivationDesk, activateHost, type HostActivation, type HostActivationOutcome } from "./activate-host.ts";
export { createPublisher, type NewPublisher } from "./create-publisher.ts";
export { applicationsOf, defineApplication, defineProduct, type NewProduct } from "./define-product.ts";
export { currentTrust, exportTrust } from "./export-trust.ts";
export { createFailedProofs, type FailedProofs } from "./failed-proofs.ts";
export { publisherAdminRoutes } from "./http/publisher-admin-service.ts";
export { brokenLogRow } from "./issuance-log.ts";
export { type IssuedKey, issueHostKey, issueSetupKey, type NewHostKey } from "./issue-key.ts";
export { KEY_NAME, type PublisherParts } from "./publisher-parts.ts";
export {
  effectivePublisherSettings,
  PUBLISHER_SETTING_NAMES,
  type PublisherSettingLayer,
  type PublisherSettingName,
  type PublisherSettings,
} from "./publisher-settings.ts";

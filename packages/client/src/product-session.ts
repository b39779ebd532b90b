import type { Product } from "@countersign/domain";
import type { HostCertificate, VerifiedCertificate } from "@countersign/protocol";
import type { PublisherSession } from "./publisher-session.ts";
import type { Session } from "./session.ts";

/** One product's session: its own fields, and the shared ones read and written where all products have them. */
export class ProductSession implements Session {
  readonly #shared: PublisherSession;
  readonly activationId: Uint8Array;
  readonly applicationId: Uint8Array;
  product: Product;
  knownCertificate: VerifiedCertificate | undefined;
  leaseCertificate: HostCertificate | undefined;
  dueMonotonicMs = Number.POSITIVE_INFINITY;

  constructor(shared: PublisherSession, of: Pick<Session, "activationId" | "applicationId" | "product">) {
    this.#shared = shared;
    this.activationId = of.activationId;
    this.applicationId = of.applicationId;
    this.product = of.product;
  }

  get ports() {
    return this.#shared.ports;
  }
  get options() {
    return this.#shared.options;
  }
  get targets() {
    return this.#shared.targets;
  }
  get negatives() {
    return this.#shared.negatives;
  }
  get listeners() {
    return this.#shared.listeners;
  }
  get products() {
    return this.#shared.products;
  }
  get settings() {
    return this.#shared.settings;
  }
  set settings(settings) {
    this.#shared.settings = settings;
  }
  get state() {
    return this.#shared.state;
  }
  set state(state) {
    this.#shared.state = state;
  }
  get trust() {
    return this.#shared.trust;
  }
  set trust(trust) {
    this.#shared.trust = trust;
  }
  get machine() {
    return this.#shared.machine;
  }
  set machine(machine) {
    this.#shared.machine = machine;
  }
  get machineReadMs() {
    return this.#shared.machineReadMs;
  }
  set machineReadMs(machineReadMs) {
    this.#shared.machineReadMs = machineReadMs;
  }
  get marker() {
    return this.#shared.marker;
  }
  set marker(marker) {
    this.#shared.marker = marker;
  }
  get isStoreLost() {
    return this.#shared.isStoreLost;
  }
  set isStoreLost(isLost) {
    this.#shared.isStoreLost = isLost;
  }
  get degraded() {
    return this.#shared.degraded;
  }
  set degraded(degraded) {
    this.#shared.degraded = degraded;
  }
  get blocked() {
    return this.#shared.blocked;
  }
  set blocked(blocked) {
    this.#shared.blocked = blocked;
  }
  get savedUsedMs() {
    return this.#shared.savedUsedMs;
  }
  set savedUsedMs(savedUsedMs) {
    this.#shared.savedUsedMs = savedUsedMs;
  }
}

import { create, toBinary } from "@bufbuild/protobuf";
import type { Channel, Product, ProductClass } from "@countersign/domain";
import { type PolicyProduct, PolicyProductSchema, ProductPolicySchema } from "../gen/countersign/v1/documents_pb.ts";
import type { Outcome } from "../outcome.ts";
import type { ProductPolicy } from "./document-values.ts";
import { FieldRules, readPayload } from "./payload-rules.ts";

const CLASSES: readonly ProductClass[] = ["client", "server"];
const CHANNELS: readonly Channel[] = ["volume", "mak"];

/** Payload bytes of one application's policy. */
export function encodeProductPolicy(value: ProductPolicy): Uint8Array {
  const { application } = value;
  const message = {
    format: 1,
    applicationId: application.applicationId,
    version: BigInt(value.version),
    applicationName: application.name,
    publisherId: value.publisherId,
    products: application.products.map(policyProductOf),
    issuedMs: BigInt(value.issuedMs),
  };
  return toBinary(ProductPolicySchema, create(ProductPolicySchema, message));
}

/** A product as it travels. */
export function policyProductOf(product: Product): PolicyProduct {
  const { productClass, channels, setupKeyIds, ...same } = product;
  return create(PolicyProductSchema, {
    ...same,
    productClass: CLASSES.indexOf(productClass) + 1,
    channels: channels.map((channel) => CHANNELS.indexOf(channel) + 1),
    setupKeyIds: [...setupKeyIds],
  });
}

/** Reads verified policy bytes. */
export function readProductPolicy(payload: Uint8Array): Outcome<ProductPolicy> {
  const read = readPayload(ProductPolicySchema, payload);
  if (!read.ok) return read;
  const message = read.value;
  const rules = new FieldRules()
    .id("application_id", message.applicationId, 16)
    .positive("version", message.version)
    .text("application_name", message.applicationName, 64)
    .id("publisher_id", message.publisherId, 16)
    .positive("issued_ms", message.issuedMs);
  for (const product of message.products) checkProduct(product, rules);
  return rules.gives(() => ({
    version: Number(message.version),
    publisherId: message.publisherId,
    application: {
      applicationId: message.applicationId,
      name: message.applicationName,
      products: message.products.map(productOfPolicy),
    },
    issuedMs: Number(message.issuedMs),
  }));
}

/** A product as the rules know it. An unknown class or channel grants nothing (R7). */
export function productOfPolicy(message: PolicyProduct): Product {
  return {
    productId: message.productId,
    activationId: message.activationId,
    name: message.name,
    description: message.description,
    keyGroup: message.keyGroup,
    productClass: CLASSES[message.productClass - 1] ?? "server",
    generation: message.generation,
    channels: message.channels.flatMap((channel) => CHANNELS[channel - 1] ?? []),
    requiredCount: message.requiredCount,
    maxValidityS: message.maxValidityS,
    renewalS: message.renewalS,
    retryS: message.retryS,
    initialGraceS: message.initialGraceS,
    additionalGraceS: message.additionalGraceS,
    rearms: message.rearms,
    setupKeyIds: message.setupKeyIds,
    leastHostVersion: message.leastHostVersion,
  };
}

function checkProduct(product: PolicyProduct, rules: FieldRules): void {
  rules
    .positive("product_id", product.productId)
    .id("activation_id", product.activationId, 16)
    .positive("key_group", product.keyGroup)
    .positive("generation", product.generation)
    .that("required_count", product.requiredCount >= 1 && product.requiredCount <= 10_000, "expected 1 to 10000")
    .positive("max_validity_s", product.maxValidityS)
    .positive("renewal_s", product.renewalS)
    .positive("retry_s", product.retryS)
    .positive("initial_grace_s", product.initialGraceS)
    .that(
      "setup_key_ids",
      product.setupKeyIds.every((id) => id.length === 9),
      "expected 9 bytes each",
    )
    .text("name", product.name, 128)
    .text("description", product.description, 256);
}

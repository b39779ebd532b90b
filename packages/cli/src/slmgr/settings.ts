import type { Deed, OptionRow } from "./option-row.ts";
import { done, type Outcome } from "./outcome.ts";
import type { Sides } from "./sides.ts";

/** `/sprt`, `/sai`, `/sri`, `/sdns`, `/cdns`, `/spri`, `/cpri`. */
export async function setHost(
  { host }: Sides,
  { name: option, success }: OptionRow,
  deed: Extract<Deed, { readonly kind: "set host" }>,
  operand: string,
): Promise<Outcome> {
  const value = (await host?.((side) => side.change(deed.setting, deed.value ?? operand))) ?? "";
  return done(success.replace("{value}", value), { option, setting: deed.setting, value });
}

/** `/skms`, `/ckms`, `/skms-domain`, `/ckms-domain`, `/skhc`, `/ckhc`; warns where a host and a domain are both set. */
export async function setClient(
  { client }: Sides,
  { name: option, success }: OptionRow,
  { setting, value: fixed }: Extract<Deed, { readonly kind: "set client" }>,
  [operand = "", id = ""]: readonly string[],
): Promise<Outcome> {
  const activationId = fixed === undefined ? id : operand;
  const wanted = fixed === undefined ? operand : (fixed ?? undefined);
  const changed = await client?.(async (side) => {
    const value = await side.change(setting, wanted, activationId);
    return { value, licences: await side.licences() };
  });
  const value = changed?.value ?? "";
  const both = changed?.licences.find((facts) => facts.client?.fixedHost !== "" && facts.client?.lookupDomain !== "");
  const warning =
    both?.client === undefined || setting === "hostCaching"
      ? []
      : [
          `Warning: /skms setting overrides the /skms-domain setting. ${both.client.fixedHost} will be used for activation.`,
        ];
  return done(success.replace("{value}", value), { option, setting, value }, warning);
}

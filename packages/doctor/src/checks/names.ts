/** `name:port` without the port and the brackets of IPv6, in lower case. */
export function bareName(host: string): string {
  const isBareAddress = /^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*$/i.test(host);
  const bare = isBareAddress ? host : host.replace(/:\d+$/, "");
  return bare.replace(/^\[(.*)\]$/, "$1").toLowerCase();
}

/** The port of `name:port`; "" where it has none. */
export function portOf(host: string): string {
  return /^(?:\[.*\]|[^:]*):(\d+)$/.exec(host)?.[1] ?? "";
}

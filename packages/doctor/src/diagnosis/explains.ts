/**
 * What follows from what: where both are found, the first is the cause and the second goes when it is mended. Data, so that
 * `--why` can show it; a test holds that it has no cycle.
 */
export const EXPLAINS: Readonly<Record<string, readonly string[]>> = {};

/**
 * The text without control and format characters (they could rewrite a terminal line or a log), as behaviour.md §4 asks
 * for every name that came from the network. Tabs and line ends become one space.
 */
export function printableText(text: string): string {
  return text.replace(/[\t\r\n\u2028\u2029]+/g, " ").replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "");
}

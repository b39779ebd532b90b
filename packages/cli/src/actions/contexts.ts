import type { Action } from "../command.ts";
import { readContexts, writeContexts } from "../context-file.ts";
import { contextFile } from "../places.ts";
import { EXIT } from "../terminal.ts";
import { textOf, unknownName } from "./words.ts";

/** Every context, and which is in use. */
export const listContexts: Action = async (_, shell) => {
  const { current, contexts } = await readContexts(contextFile(shell));
  const rows = contexts.map((context) => ({ ...context, current: context.name === current }));
  shell.terminal.answer({ json: { current, contexts }, rows, short: current });
  return EXIT.ok;
};

/** Takes one into use, or none. */
export const useContext: Action = async (given, shell) => {
  const path = contextFile(shell);
  const { contexts } = await readContexts(path);
  const name = textOf(given, "name") ?? "";
  if (name !== "none" && !contexts.some((context) => context.name === name))
    throw unknownName("context", name, contexts);
  await writeContexts(path, { current: name === "none" ? "" : name, contexts });
  shell.terminal.answer({
    json: { current: name === "none" ? "" : name },
    rows: [{ current: name }],
    short: name,
    lines: [name === "none" ? "no context in use" : `context ${name} in use`],
  });
  return EXIT.ok;
};

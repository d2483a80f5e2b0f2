/** YAML (or JSON) that a stranger wrote, as plain values: of bounded length and depth, and without a throw. */
import { Lexer, Parser, parseDocument } from "yaml";
import type { Facts } from "../base/refusal.ts";

/** Characters of a file. */
export const yamlTextMax = 4_000_000;

/** What is read stands a few deep. Far deeper, the YAML reader runs out of stack, which can end the whole program. */
export const yamlDepthMax = 32;

export type YamlText =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string; readonly facts: Facts };

export function readYaml(text: string): YamlText {
  const wrong = (problem: string, facts: Facts = {}) => ({ ok: false, problem, facts }) as const;
  if (text.length > yamlTextMax) {
    return wrong(`longer than ${yamlTextMax} characters`, { characters: text.length });
  }
  if (isTooDeep(text)) return wrong(`nested deeper than ${yamlDepthMax}`);
  const document = parseDocument(text, { prettyErrors: true, stringKeys: true });
  const [error] = document.errors;
  // The line it is about follows, after a colon.
  if (error !== undefined) return wrong(error.message.split("\n")[0]!.replace(/:$/, ""));
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }) };
  } catch (cause) {
    return wrong(cause instanceof Error ? cause.message : "not a document");
  }
}

/** Asked of the tokens, which are read one by one. */
function isTooDeep(text: string): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    // A document, and a collection and its entry's value at each depth.
    if (parser.stack.length > 2 * yamlDepthMax) return true;
  }
  return false;
}

/** How people name a validator of a devnet: by its number, its identity, its vote account, or its name in a genesis file. */
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import type { NetworkValidator } from "../sim/network.ts";

export type NamedValidators = {
  readonly validators: readonly NetworkValidator[];
  /** In the same order; null for those without. */
  readonly names: readonly (string | null)[];
};

export function findValidator({ validators, names }: NamedValidators, text: string | number): Outcome<number> {
  // As the banner and the page print it, #3, or plainly.
  const index = typeof text === "number" ? text : /^#?\d{1,6}$/.test(text) ? Number(text.replace("#", "")) : -1;
  if (validators[index] !== undefined) return accept(index);
  const found = validators.findIndex(
    ({ identity, voteAccount }, at) => identity.address === text || voteAccount === text || names[at] === text,
  );
  if (found >= 0) return accept(found);
  const known = `0 to ${validators.length - 1}, an identity, a vote account${names.some((name) => name !== null) ? ", a name of the genesis file" : ""}`;
  return refuse("validator-unknown", { validator: text, known });
}

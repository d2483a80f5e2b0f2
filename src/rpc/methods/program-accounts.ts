/**
 * Many accounts at once: a program's own, and the richest. Both look at every account there is, by ascending address.
 */
import type { Account } from "../../chain/account.ts";
import { accountsEntries } from "../../chain/accounts-tree.ts";
import type { Address } from "../../chain/ids.ts";
import { accountFiltersSchema, passesFilters } from "../account-filters.ts";
import { accountFormatFields, encodeAccounts } from "../encode-account.ts";
import { answered } from "../errors.ts";
import {
  addressSchema,
  answerInContext,
  bankFor,
  booleanSchema,
  choiceSchema,
  configSchema,
  contextFields,
  method,
  optional,
  required,
} from "../params.ts";

const programConfig = configSchema({
  ...contextFields,
  ...accountFormatFields,
  filters: accountFiltersSchema,
  withContext: booleanSchema,
  /** Taken and not needed: the order is that of the addresses in any case. */
  sortResults: booleanSchema,
});

export const getProgramAccounts = method(
  [required("program", addressSchema), optional("config", programConfig)],
  ([program, config], view) => {
    const bank = bankFor(view, config);
    if (!bank.ok) return bank;
    const filters = config?.filters ?? [];
    const found: [Address, Account][] = [];
    for (const [address, account] of accountsEntries(bank.value.accounts)) {
      if (account.owner === program && passesFilters(account, filters)) found.push([address, account]);
    }
    const accounts = encodeAccounts(found, config ?? {});
    if (!accounts.ok) return accounts;
    const keyed = accounts.value.map((account, index) => ({ pubkey: found[index]?.[0], account }));
    return config?.withContext === true ? answerInContext(view, bank.value, keyed) : answered(keyed);
  },
);

/** As many as Solana tells. */
const largestAccountsMax = 20;

const largestConfig = optional(
  "config",
  configSchema({
    ...contextFields,
    filter: choiceSchema(["circulating", "nonCirculating"]),
    sortResults: booleanSchema,
  }),
);

/** The most lamports first; of equal ones the lower address. Nothing is held back from circulation here. */
export const getLargestAccounts = method([largestConfig], ([config], view) => {
  const bank = bankFor(view, config);
  if (!bank.ok) return bank;
  const largest: { readonly address: Address; readonly lamports: bigint }[] = [];
  if (config?.filter !== "nonCirculating") {
    for (const [address, { lamports }] of accountsEntries(bank.value.accounts)) {
      const last = largest.length < largestAccountsMax ? undefined : largest.at(-1);
      if (last !== undefined && lamports <= last.lamports) continue;
      if (last !== undefined) largest.pop();
      const at = largest.findIndex((other) => other.lamports < lamports);
      largest.splice(at < 0 ? largest.length : at, 0, { address, lamports });
    }
  }
  return answerInContext(view, bank.value, largest);
});

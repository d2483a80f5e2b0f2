/** What stands behind addresses. */
import { accountAt } from "../../chain/accounts-tree.ts";
import { rentExemptMinimum } from "../../chain/rent.ts";
import { accountFormatFields, encodeAccountOrNull, encodeAccounts } from "../encode-account.ts";
import { answered } from "../errors.ts";
import {
  addressSchema,
  answerInContext,
  bankFor,
  configSchema,
  contextConfig,
  contextFields,
  countSchema,
  listSchema,
  method,
  optional,
  required,
} from "../params.ts";

export const accountsPerRequestMax = 100;

/** The most an account may hold, as on Solana. */
const accountBytesMax = 10 * 1024 * 1024;

const accountConfig = optional("config", configSchema({ ...contextFields, ...accountFormatFields }));

export const getBalance = method([required("address", addressSchema), contextConfig], ([address, config], view) => {
  const bank = bankFor(view, config);
  if (!bank.ok) return bank;
  return answerInContext(view, bank.value, accountAt(bank.value.accounts, address)?.lamports ?? 0);
});

export const getAccountInfo = method([required("address", addressSchema), accountConfig], ([address, config], view) => {
  const bank = bankFor(view, config);
  if (!bank.ok) return bank;
  const account = encodeAccountOrNull([address, accountAt(bank.value.accounts, address)], config ?? {});
  return account.ok ? answerInContext(view, bank.value, account.value) : account;
});

export const getMultipleAccounts = method(
  [required("addresses", listSchema(addressSchema, "addresses", accountsPerRequestMax)), accountConfig],
  ([addresses, config], view) => {
    const bank = bankFor(view, config);
    if (!bank.ok) return bank;
    // Unlike for a single account, base64 when nothing is said.
    const format = { encoding: config?.encoding ?? "base64", dataSlice: config?.dataSlice } as const;
    const found = addresses.map((address) => [address, accountAt(bank.value.accounts, address)] as const);
    const accounts = encodeAccounts(found, format);
    return accounts.ok ? answerInContext(view, bank.value, accounts.value) : accounts;
  },
);

export const getMinimumBalanceForRentExemption = method(
  [required("size", countSchema("a number of bytes", 0, accountBytesMax)), contextConfig],
  ([size], view) => answered(rentExemptMinimum(size, view.chain.params)),
);

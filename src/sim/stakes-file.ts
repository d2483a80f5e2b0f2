/**
 * Stakes of a real network, from a file in either of two forms:
 *
 *     [ { "voteAccount": "…", "identity": "…", "stake": "123" }, … ]
 *     { "stakes": [ ["<vote account>", "<identity>", "123"], … ], "epoch": "980", "first_slot": "417836256", "slots": 432000 }
 *
 * Stakes are decimal strings of lamports. What a file says besides its stakes helps to continue that network's numbering.
 */
import * as v from "valibot";
import { accept, type Outcome, refuse } from "../base/refusal.ts";
import { type Address, type Lamports, parseAddress, u64Max } from "../chain/ids.ts";
import type { StakeEntry } from "../chain/stake-table.ts";

export type StakesFile = {
  readonly stakes: readonly StakeEntry[];
  /** Where the stakes counted, when the file says so. */
  readonly epoch: number | null;
  readonly firstSlot: number | null;
  readonly slots: number | null;
};

const address = v.pipe(
  v.string("an address is a base58 text"),
  v.check((text) => parseAddress(text) !== null, "not a base58 address of 32 bytes"),
  v.transform((text) => text as Address),
);
const stakeTooLarge = "a stake is at most 2^64 - 1";
const stake = v.pipe(
  v.string('a stake is a decimal string of lamports, such as "1000000000"'),
  v.regex(/^\d+$/, "a stake is a decimal string of lamports"),
  v.maxLength(20, stakeTooLarge),
  v.transform((text) => BigInt(text)),
  v.check((amount) => amount <= u64Max, stakeTooLarge),
  v.transform((amount) => amount as Lamports),
);
const whole = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,15}$/, "not a whole number"))], "not a whole number"),
  v.transform((value) => Number(value)),
  v.safeInteger("not a whole number"),
  v.minValue(0, "not a whole number"),
);
const entryForm = "an entry is an object with voteAccount, identity and stake, or a row of the three";
const entry = v.looseObject({ voteAccount: address, identity: address, stake }, entryForm);
const row = v.pipe(
  v.strictTuple([address, address, stake], entryForm),
  v.transform(([voteAccount, identity, amount]) => ({ voteAccount, identity, stake: amount })),
);
const documentForm = "expected an array of stakes, or an object with an array `stakes`";
// Whatever is an array is read as one, so that what is wrong in it is told of the form it has.
const list = v.array(
  v.lazy((given) => (Array.isArray(given) ? row : entry)),
  documentForm,
);
const bare = v.pipe(
  list,
  v.transform((stakes) => ({ stakes, epoch: undefined, first_slot: undefined, slots: undefined })),
);
const named = v.looseObject(
  { stakes: list, epoch: v.optional(whole), first_slot: v.optional(whole), slots: v.optional(whole) },
  documentForm,
);
const document = v.lazy((given) => (Array.isArray(given) ? bare : named));

export function parseStakesFile(text: string): Outcome<StakesFile, "stakes-file-malformed"> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return refuse("stakes-file-malformed", { problem: `not JSON: ${error instanceof Error ? error.message : ""}` });
  }
  const checked = v.safeParse(document, parsed);
  if (!checked.success) return refuse("stakes-file-malformed", describe(checked.issues[0]));
  const { stakes, epoch = null, first_slot: firstSlot = null, slots = null } = checked.output;
  const entries = stakes.map(({ voteAccount, identity, stake }) => ({ voteAccount, identity, stake }));
  const seen = new Map<Address, number>();
  for (const [index, { voteAccount }] of entries.entries()) {
    const earlier = seen.get(voteAccount);
    if (earlier !== undefined) {
      return refuse("stakes-file-malformed", {
        problem: `vote account stands twice: ${voteAccount}`,
        at: `entries ${earlier} and ${index}`,
      });
    }
    seen.set(voteAccount, index);
  }
  if (!entries.some(({ stake }) => stake > 0n))
    return refuse("stakes-file-malformed", { problem: "no entry has a stake above 0" });
  return accept({ stakes: entries, epoch, firstSlot, slots });
}

type Issue = v.BaseIssue<unknown>;

function describe(issue: Issue) {
  const at = (issue.path ?? []).map((item) => String(item.key)).join(".");
  return at === "" ? { problem: issue.message } : { problem: issue.message, at };
}

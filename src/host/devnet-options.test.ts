import { describe, expect, it } from "vitest";
import { createDevnet, DevnetError } from "./devnet.ts";
import { checkDevnetOptions } from "./devnet-options.ts";

describe("a devnet's options", () => {
  it("may all be left out, or left undefined, or given", () => {
    expect(checkDevnetOptions({})).toBeNull();
    expect(checkDevnetOptions({ seed: undefined, validators: undefined, params: undefined })).toBeNull();
    const given = {
      seed: "7",
      validators: [{ stake: 1n }, { stake: 2n, commission: 7 }],
      profile: "solana",
      params: { slotDurationMs: 50 },
      accounts: 0,
      accountLamports: 10n ** 9n,
      creationTime: 0,
      firstSlot: 5,
      ledgerSlotsMax: 1,
      sharedWork: false,
    };
    expect(checkDevnetOptions(given)).toBeNull();
    expect(checkDevnetOptions({ validators: 1 })).toBeNull();
    expect(checkDevnetOptions({ validators: 5000 })).toBeNull();
  });

  it.each([
    [{ slotMs: 50 }, "field slotMs, problem no such option"],
    [{ toString: 1 }, "field toString, problem no such option"],
    [{ seed: 7 }, "field seed, value 7, problem give a text"],
    [{ seed: null }, "field seed, value null"],
    [{ validators: "4" }, "field validators, value 4"],
    [{ validators: 0 }, "value 0, problem give 1 to 5000, or a list"],
    [{ validators: 5001 }, "field validators, value 5001"],
    [{ validators: 1.5 }, "field validators, value 1.5"],
    [{ validators: Number.NaN }, "field validators, value NaN"],
    [{ validators: [] }, "field validators, value a list of 0"],
    [{ validators: [{}] }, "field validators"],
    [{ validators: [null] }, "field validators"],
    [{ validators: [{ stake: 5 }] }, "stake in lamports, a bigint"],
    [{ validators: [{ stake: 5n, commission: "7" }] }, "field validators"],
    [{ profile: "x" }, "field profile, value x, problem give one of lab, solana, tutorial"],
    [{ profile: "toString" }, "field profile"],
    [{ params: null }, "field params, value null"],
    [{ params: [] }, "field params"],
    [{ accountLamports: 5 }, "give lamports, a bigint"],
    [{ accounts: "3" }, "field accounts, value 3, problem give a number"],
    [{ ledgerSlotsMax: 0 }, "field ledgerSlotsMax, value 0, problem give a whole number from 1"],
    [{ ledgerSlotsMax: "5" }, "field ledgerSlotsMax"],
    [{ sharedWork: "no" }, "give true or false"],
    [null, "value null, problem give an object"],
    ["x", "value x, problem give an object"],
    [[], "give an object"],
  ])("are refused with the one that is wrong and what to give (%#)", (options, message) => {
    const create = () => createDevnet(options as never);
    expect(create).toThrow(DevnetError);
    expect(create).toThrow(message);
  });
});

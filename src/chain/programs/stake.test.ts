import { describe, expect, it } from "vitest";
import {
  blank,
  call,
  createWorld,
  custodian,
  custom,
  delegated,
  halfWarm,
  idle,
  locked,
  lockedMeta,
  meta,
  type Named,
  none,
  one,
  r,
  refuses,
  s,
  staker,
  stateOf,
  stranger,
  succeed,
  two,
  w,
  withdrawer,
} from "../../../test/support/stake-cases.ts";
import { sol, stakeAccountWith, stakeParams, stakeRent, walletWith } from "../../../test/support/stake-program.ts";
import { ByteWriter, concatBytes, utf8Bytes } from "../../base/bytes.ts";
import { clockSysvarAddress, rentSysvarAddress } from "../addresses.ts";
import type { InstructionRequest } from "../create-transaction.ts";
import { type Address, addressBytes } from "../ids.ts";

const initializeFields = concatBytes(
  addressBytes(staker),
  addressBytes(withdrawer),
  new ByteWriter().i64(0n).u64(11n).bytes(addressBytes(custodian)).finish(),
);

describe("Initialize", () => {
  const initialize = (...more: Named[]) => call(0, initializeFields, w(one), ...more);

  it("names staker, withdrawer and lockup, with the Rent account and without", () => {
    for (const accounts of [[], [r(rentSysvarAddress)]]) {
      const state = stateOf(succeed({ one: blank() }, initialize(...accounts)), one);
      expect(state).toEqual({ type: "initialized", meta: lockedMeta });
    }
  });

  it("Checked: has no lockup, and the withdrawer signs", () => {
    for (const accounts of [[], [r(rentSysvarAddress)]]) {
      const world = succeed({ one: blank() }, call(9, none, w(one), ...accounts, r(staker), s(withdrawer)));
      expect(stateOf(world, one)).toEqual({ type: "initialized", meta });
    }
  });

  refuses([
    ["no account", {}, call(0, initializeFields), "NotEnoughAccountKeys"],
    ["too little for the rent", { one: blank(stakeRent - 1n) }, initialize(), "InsufficientFunds"],
    ["another length", { one: stakeAccountWith(new Uint8Array(201), sol) }, initialize(), "InvalidAccountData"],
    ["an initialized account", { one: idle() }, initialize(), "InvalidAccountData"],
    [
      "another program's account",
      { one: { ...walletWith(sol), data: new Uint8Array(200) } },
      initialize(),
      "InvalidAccountOwner",
    ],
    ["a read-only account", { one: blank() }, call(0, initializeFields, r(one)), "ReadonlyDataModified"],
    ["data cut short", { one: blank() }, call(0, initializeFields.subarray(1), w(one)), "InvalidInstructionData"],
    [
      "checked: a withdrawer that did not sign",
      { one: blank() },
      call(9, none, w(one), r(staker), r(withdrawer)),
      "MissingRequiredSignature",
    ],
    [
      "checked: no withdrawer",
      { one: blank() },
      call(9, none, w(one), r(rentSysvarAddress), s(withdrawer)),
      "NotEnoughAccountKeys",
    ],
  ]);
});

describe("Authorize", () => {
  const to = (address: Address, kind: number) =>
    concatBytes(addressBytes(address), new ByteWriter().u32(kind).finish());
  const authorize = (kind: number, ...accounts: Named[]) => call(1, to(stranger, kind), w(one), ...accounts);

  it("lets staker and withdrawer name the staker", () => {
    for (const by of [staker, withdrawer]) {
      const world = succeed({ one: delegated() }, authorize(0, s(by)));
      expect(stateOf(world, one)).toMatchObject({ type: "delegated", meta: { staker: stranger, withdrawer } });
    }
  });

  it("lets the withdrawer name the withdrawer, under a lockup together with the custodian", () => {
    const world = succeed({ one: idle(sol, lockedMeta) }, authorize(1, s(withdrawer), s(custodian)));
    expect(stateOf(world, one)).toMatchObject({ meta: { staker, withdrawer: stranger } });
    succeed({ one: idle() }, authorize(1, r(clockSysvarAddress), s(withdrawer)));
  });

  refuses([
    ["a stranger", { one: idle() }, authorize(0, s(stranger)), "MissingRequiredSignature"],
    ["the staker for the withdrawer", { one: idle() }, authorize(1, s(staker)), "MissingRequiredSignature"],
    ["nobody's signature", { one: idle() }, authorize(0, r(staker)), "MissingRequiredSignature"],
    ["no authority", { one: idle() }, authorize(0), "NotEnoughAccountKeys"],
    ["no authority behind the Clock", { one: idle() }, authorize(0, r(clockSysvarAddress)), "NotEnoughAccountKeys"],
    ["no custodian", { one: idle(sol, lockedMeta) }, authorize(1, s(withdrawer)), custom("CustodianMissing")],
    [
      "a custodian that did not sign",
      { one: idle(sol, lockedMeta) },
      authorize(1, s(withdrawer), r(custodian)),
      custom("CustodianMissing"),
    ],
    [
      "another custodian",
      { one: idle(sol, lockedMeta) },
      authorize(1, s(withdrawer), s(stranger)),
      custom("LockupInForce"),
    ],
    ["a blank account", { one: blank() }, authorize(0, s(staker)), "InvalidAccountData"],
    [
      "checked: a new authority that did not sign",
      { one: idle() },
      call(10, to(stranger, 0).subarray(32), w(one), s(staker), r(stranger)),
      "MissingRequiredSignature",
    ],
    ["with a seed of 33 bytes", { one: idle() }, seedCall("s".repeat(33), s(stranger)), "MaxSeedLengthExceeded"],
    ["with a seed of another base", { one: idle() }, seedCall("seed", s(stranger)), "MissingRequiredSignature"],
    [
      "with a seed and a custodian that did not sign",
      { one: idle() },
      seedCall("seed", s(stranger), r(custodian)),
      "MissingRequiredSignature",
    ],
  ]);
});

function seedCall(seed: string, ...accounts: Named[]): InstructionRequest {
  const fields = new ByteWriter().bytes(addressBytes(stranger)).u32(0).u64(BigInt(seed.length));
  return call(8, fields.bytes(utf8Bytes(seed)).bytes(addressBytes(stranger)).finish(), w(one), ...accounts);
}

describe("SetLockup", () => {
  const fields = (epoch: bigint) => new ByteWriter().u8(0).u8(1).u64(epoch).u8(0).finish();
  const set = (by: Named, epoch = 12n) => call(6, fields(epoch), w(one), by);

  it("is the custodian's while in force, and the withdrawer's afterwards", () => {
    expect(stateOf(succeed({ one: idle(sol, lockedMeta) }, set(s(custodian))), one)).toMatchObject({
      meta: { lockup: { unixTimestamp: 0n, epoch: 12n, custodian } },
    });
    const expired = { ...lockedMeta, lockup: { ...locked, epoch: 10n } };
    succeed({ one: delegated({}, expired) }, set(s(withdrawer)));
  });

  it("Checked: takes a new custodian that signs", () => {
    const change = call(12, fields(12n).subarray(0, 10), w(one), s(withdrawer), s(stranger));
    expect(stateOf(succeed({ one: idle() }, change), one)).toMatchObject({
      meta: { lockup: { epoch: 12n, custodian: stranger } },
    });
  });

  refuses([
    ["the withdrawer while in force", { one: idle(sol, lockedMeta) }, set(s(withdrawer)), "MissingRequiredSignature"],
    [
      "the custodian afterwards",
      { one: idle(sol, { ...lockedMeta, lockup: { ...locked, epoch: 10n } }) },
      set(s(custodian)),
      "MissingRequiredSignature",
    ],
    ["a blank account", { one: blank() }, set(s(withdrawer)), "InvalidAccountData"],
    [
      "checked: a new custodian that did not sign",
      { one: idle() },
      call(12, fields(12n), w(one), s(withdrawer), r(stranger)),
      "MissingRequiredSignature",
    ],
  ]);
});

describe("the stake program", () => {
  it("answers the chain's minimum delegation", () => {
    const env = { params: { ...stakeParams, stakeMinimumDelegation: 258n } };
    const { error, result } = createWorld({}, env).run(call(13, none));
    expect(error).toBe(null);
    expect(result.returnData?.data).toEqual(Uint8Array.of(2, 1, 0, 0, 0, 0, 0, 0));
    expect(result.computeUnitsConsumed).toBe(750);
  });

  const paying = { isEpochRewardsActive: true };
  it("stands still while rewards are paid, but for GetMinimumDelegation", () => {
    for (let tag = 0; tag <= 17; tag++) {
      const fields = tag === 0 ? initializeFields : new Uint8Array(120);
      const expected = tag === 13 ? null : custom("EpochRewardsActive");
      expect(createWorld({ one: idle() }, paying).run(call(tag, fields, w(one))).error).toEqual(expected);
    }
  });

  it("makes stake count by the chain's own rule where warm-up is instant", () => {
    const params = { ...stakeParams, stakeWarmup: "instant" as const };
    const accounts = { one: delegated({ activationEpoch: 9n }), two: delegated() };
    const merge = call(7, none, w(one), w(two), s(staker));
    expect(createWorld(accounts, halfWarm).run(merge).error).toEqual(custom("MergeTransientStake"));
    expect(createWorld(accounts, { ...halfWarm, params }).run(merge).error).toBe(null);
  });

  refuses([
    ["Redelegate", { one: delegated() }, call(15, none, w(one)), "InvalidInstructionData"],
    ["an unknown instruction", { one: delegated() }, call(18, none, w(one)), "InvalidInstructionData"],
    ["no data", { one: delegated() }, { ...call(0, none), data: none }, "InvalidInstructionData"],
    ["unknown data while rewards are paid", {}, call(18, none), "InvalidInstructionData", paying],
  ]);
});

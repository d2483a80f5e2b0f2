/** What a transaction returned, as clients read it. */
import { base64 } from "@scure/base";
import { getGetMinimumDelegationInstruction } from "@solana-program/stake";
import { describe, expect, it } from "vitest";
import { createCaller } from "../../test/support/rpc-calls.ts";
import { createSmallChain } from "../../test/support/small-chain.ts";
import { addressNamed, requestOf } from "../../test/support/transactions.ts";
import { stakeProgramAddress } from "../chain/addresses.ts";

describe("the meta of a transaction", () => {
  const small = createSmallChain({ ledger: { unpackedMax: 1 }, params: { stakeMinimumDelegation: 258n } });
  const asking = small.createSigned(small.faucet, [requestOf(getGetMinimumDelegationInstruction())]);
  const paying = small.transfer(small.faucet, addressNamed("alice"), 5_000_000n);
  small.produce({ transactions: [asking, paying] });
  for (let i = 0; i < 6; i++) small.produce();
  const { get } = createCaller(small.view);

  it("tells what was returned, and only where something was", () => {
    const { meta } = get("getTransaction", asking.signature);
    expect(meta.err).toBeNull();
    const data = base64.encode(Uint8Array.of(2, 1, 0, 0, 0, 0, 0, 0));
    expect(meta.returnData).toEqual({ programId: stakeProgramAddress, data: [data, "base64"] });
    expect(get("getTransaction", paying.signature).meta).not.toHaveProperty("returnData");
    const [first, second] = get("getBlock", 1).transactions;
    expect(first.meta.returnData).toEqual(meta.returnData);
    expect(second.meta).not.toHaveProperty("returnData");
  });
});

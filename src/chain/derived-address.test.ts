import { createAddressWithSeed } from "@solana/kit";
import { describe, expect, it } from "vitest";
import { addressNamed } from "../../test/support/transactions.ts";
import { concatBytes, utf8Bytes } from "../base/bytes.ts";
import { computeAddressWithSeed } from "./derived-address.ts";
import { addressOf } from "./ids.ts";

const base = addressNamed("base");
const owner = addressNamed("owner");

describe("computeAddressWithSeed", () => {
  it("agrees with kit", async () => {
    for (const seed of ["", "stake:0", "é€😀", "x".repeat(32)]) {
      const expected = await createAddressWithSeed({ baseAddress: base, programAddress: owner, seed });
      expect(computeAddressWithSeed(base, utf8Bytes(seed), owner)).toEqual({ ok: true, value: expected });
    }
  });

  it("refuses a seed of more than 32 bytes and an owner that ends in the marker", () => {
    expect(computeAddressWithSeed(base, new Uint8Array(33), owner)).toMatchObject({ code: "MaxSeedLengthExceeded" });
    const marked = addressOf(concatBytes(new Uint8Array(11), utf8Bytes("ProgramDerivedAddress")));
    expect(computeAddressWithSeed(base, new Uint8Array(0), marked)).toMatchObject({ code: "IllegalOwner" });
  });
});

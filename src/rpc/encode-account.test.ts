import { describe, expect, it } from "vitest";
import type { Account } from "../chain/account.ts";
import { slotHistorySysvarAddress, systemProgramAddress, sysvarOwnerAddress } from "../chain/addresses.ts";
import { type Address, lamportsOf } from "../chain/ids.ts";
import { accountsBytesMax, encodeAccounts } from "./encode-account.ts";

const holding = (bytes: number): readonly [Address, Account] => [
  systemProgramAddress,
  { lamports: lamportsOf(1n), owner: systemProgramAddress, data: new Uint8Array(bytes), executable: false },
];

describe("accounts of one answer", () => {
  const half = holding(accountsBytesMax / 2);

  it("hold so many bytes together and not one more", () => {
    expect(encodeAccounts([half, [systemProgramAddress, null], half], { encoding: "base64" })).toMatchObject({
      ok: true,
      value: { length: 3 },
    });
    expect(encodeAccounts([half, half, holding(1)], { encoding: "base64" })).toMatchObject({
      ok: false,
      error: { code: -32602 },
    });
  });

  it("are measured by the slices that are asked for", () => {
    const format = { encoding: "base64", dataSlice: { offset: 0, length: 4 } } as const;
    expect(encodeAccounts([half, half, half], format)).toMatchObject({ ok: true, value: { length: 3 } });
  });

  it("are measured as they come out where a parsed sysvar is eight times as long", () => {
    const bytes = 131_097;
    const [, account] = holding(bytes);
    const sysvar = [slotHistorySysvarAddress, { ...account!, owner: sysvarOwnerAddress }] as const;
    const fitting = Math.floor(accountsBytesMax / (8 * bytes));
    const format = { encoding: "jsonParsed" } as const;
    expect(encodeAccounts(Array(fitting).fill(sysvar), format)).toMatchObject({ ok: true });
    expect(encodeAccounts(Array(fitting + 1).fill(sysvar), format)).toMatchObject({ error: { code: -32602 } });
    expect(encodeAccounts(Array(fitting + 1).fill(sysvar), { encoding: "base64" })).toMatchObject({ ok: true });
  });
});

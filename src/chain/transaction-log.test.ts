import { describe, expect, it } from "vitest";
import { createTransactionLog, formatInstructionError, logBytesMax } from "./transaction-log.ts";

describe("createTransactionLog", () => {
  it("takes 9,999 bytes, counts bytes and not characters, and says once that more was left out", () => {
    const log = createTransactionLog();
    log.add("é".repeat(4_999));
    log.add("x");
    log.add("y");
    log.add("");
    log.add("z");
    expect(log.lines.slice(1)).toEqual(["x", "Log truncated", ""]);
    expect(logBytesMax).toBe(10_000);
  });
});

describe("formatInstructionError", () => {
  it("gives Solana's texts", () => {
    expect(formatInstructionError({ Custom: 17 })).toBe("custom program error: 0x11");
    expect(formatInstructionError("MissingRequiredSignature")).toBe("missing required signature for instruction");
  });
});

/** Well-known addresses, as on Solana. */
import type { Address } from "./ids.ts";

export const systemProgramAddress = "11111111111111111111111111111111" as Address;
export const voteProgramAddress = "Vote111111111111111111111111111111111111111" as Address;
export const stakeProgramAddress = "Stake11111111111111111111111111111111111111" as Address;
export const computeBudgetProgramAddress = "ComputeBudget111111111111111111111111111111" as Address;
export const nativeLoaderAddress = "NativeLoader1111111111111111111111111111111" as Address;

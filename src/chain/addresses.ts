/** Well-known addresses, as on Solana. */
import type { Address } from "./ids.ts";

export const systemProgramAddress = "11111111111111111111111111111111" as Address;
export const voteProgramAddress = "Vote111111111111111111111111111111111111111" as Address;
export const stakeProgramAddress = "Stake11111111111111111111111111111111111111" as Address;
export const computeBudgetProgramAddress = "ComputeBudget111111111111111111111111111111" as Address;
export const nativeLoaderAddress = "NativeLoader1111111111111111111111111111111" as Address;

/** Ours: where evidence of misbehaviour is handed in. */
export const slashingProgramAddress = "Escape1ashing111111111111111111111111111111" as Address;

/** Owns the sysvars: accounts that the chain itself writes. */
export const sysvarOwnerAddress = "Sysvar1111111111111111111111111111111111111" as Address;
export const clockSysvarAddress = "SysvarC1ock11111111111111111111111111111111" as Address;
export const epochRewardsSysvarAddress = "SysvarEpochRewards1111111111111111111111111" as Address;
export const epochScheduleSysvarAddress = "SysvarEpochSchedu1e111111111111111111111111" as Address;
export const recentBlockhashesSysvarAddress = "SysvarRecentB1ockHashes11111111111111111111" as Address;
export const rentSysvarAddress = "SysvarRent111111111111111111111111111111111" as Address;
export const slotHashesSysvarAddress = "SysvarS1otHashes111111111111111111111111111" as Address;
export const slotHistorySysvarAddress = "SysvarS1otHistory11111111111111111111111111" as Address;
export const stakeHistorySysvarAddress = "SysvarStakeHistory1111111111111111111111111" as Address;

/** Solana's old switch of warm-up rates; clients that find it reckon with 9 % instead of 25 %. */
export const reducedWarmupFeatureAddress = "GwtDQBghCTBgmX2cpEGNPxTEBUTQRaDMGTr5qychdGMj" as Address;
export const featureProgramAddress = "Feature111111111111111111111111111111111111" as Address;

/** What `dev` and `sim run` assume when nothing else is said. */
import { lamportsPerSol } from "../chain/ids.ts";

/** 2026-01-01T00:00:00Z: a constant, so that one seed gives one chain. */
export const standardGenesisTime = 1_767_225_600;

export const standardAccountLamports = 10_000n * lamportsPerSol;

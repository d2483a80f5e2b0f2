/** Lamports as people write them. */
import { lamportsPerSol } from "./ids.ts";

/** Exact, without trailing zeros: `1.5`. */
export function formatSol(lamports: bigint): string {
  const sign = lamports < 0n ? "-" : "";
  const amount = lamports < 0n ? -lamports : lamports;
  const fraction = (amount % lamportsPerSol).toString().padStart(9, "0").replace(/0+$/, "");
  return `${sign}${amount / lamportsPerSol}${fraction === "" ? "" : `.${fraction}`}`;
}

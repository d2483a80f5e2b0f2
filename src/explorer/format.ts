/** Amounts, shares and names for people. */

const lamportsPerSol = 1_000_000_000n;

/** "1500301334131" -> "1,500.301"; three decimals at most, rounded down. */
export function formatSol(lamports: string): string {
  const amount = BigInt(lamports);
  const whole = amount / lamportsPerSol;
  const thousandths = (amount % lamportsPerSol) / 1_000_000n;
  const decimals = thousandths === 0n ? "" : `.${String(thousandths).padStart(3, "0").replace(/0+$/, "")}`;
  return `${String(whole).replace(/\B(?=(\d{3})+$)/g, ",")}${decimals}`;
}

/** For plots: as near as a number comes. */
export function solOf(lamports: string | number | bigint): number {
  return Number(lamports) / 1e9;
}

/** To the last lamport: "0.000005 SOL", "−1.5 SOL". */
export function formatLamports(lamports: string): string {
  const amount = BigInt(lamports);
  const size = amount < 0n ? -amount : amount;
  const rest = String(size % lamportsPerSol)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${amount < 0n ? "−" : ""}${size / lamportsPerSol}${rest === "" ? "" : `.${rest}`} SOL`;
}

/** For people: whole numbers of any size as they are. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each), 2) ?? "";
}

export function formatPercent(share: number, decimals = 1): string {
  return `${(100 * share).toFixed(decimals)}%`;
}

export function shorten(address: string): string {
  return address.length <= 11 ? address : `${address.slice(0, 4)}…${address.slice(-4)}`;
}

/** 75 -> "1:15", 4000 -> "1:06:40" */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/**
 * What people type about stakes, as values.
 *
 *     1.5 | ALL                  1500000000n | "ALL"
 *     7 | 7.25 (percent)         700 | 725 basis points
 *     2027-01-01T00:00:00Z       1798761600n
 */
import { InvalidArgumentError } from "commander";
import { parsePositiveSol } from "./arguments.ts";

/** Lamports, or whatever there is to take. */
export type SpendAmount = bigint | "ALL" | "AVAILABLE";

const amountForm = "Give an amount of SOL above 0, such as 1 or 0.25, with at most 9 decimals";

function parseLamports(text: string, otherwise: string): bigint {
  try {
    return parsePositiveSol(text);
  } catch {
    throw new InvalidArgumentError(`${amountForm}${otherwise}.`);
  }
}

export function parseAmountOrAll(text: string): SpendAmount {
  return text === "ALL" ? text : parseLamports(text, ", or ALL");
}

/** Of a stake account also what can be taken without touching the delegation. */
export function parseAmountAllOrAvailable(text: string): SpendAmount {
  return text === "ALL" || text === "AVAILABLE" ? text : parseLamports(text, ", or ALL, or AVAILABLE");
}

/** Percent with two decimals at most, as hundredths of a percent. */
export function parseCommission(text: string): number {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(text);
  const bps = match === null ? Number.NaN : Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
  if (bps >= 0 && bps <= 10_000) return bps;
  throw new InvalidArgumentError(
    "Give a commission from 0 to 100 percent, with at most two decimals, such as 7 or 7.25.",
  );
}

/** An epoch or count of 64 bits. */
export function parseU64(text: string): bigint {
  const value = /^\d{1,20}$/.test(text) ? BigInt(text) : -1n;
  if (value >= 0n && value < 2n ** 64n) return value;
  throw new InvalidArgumentError("Give a whole number from 0 to 18446744073709551615.");
}

const dateForm = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** RFC 3339, as Unix seconds; fractions of a second are dropped. */
export function parseDate(text: string): bigint {
  const match = dateForm.exec(text);
  const milliseconds = match === null ? Number.NaN : Date.parse(text.toUpperCase().replace(" ", "T"));
  // Date.parse turns the 31st of a short month into the next month's first.
  const isCalendarDay = match !== null && Number(match[3]) <= daysIn(Number(match[1]), Number(match[2]));
  if (!Number.isNaN(milliseconds) && isCalendarDay) return BigInt(Math.floor(milliseconds / 1000));
  throw new InvalidArgumentError("Give a date and time as in RFC 3339, such as 2027-01-01T00:00:00Z.");
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

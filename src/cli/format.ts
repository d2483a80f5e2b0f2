/**
 * Amounts, shares and tables for people.
 *
 *     1500000000 lamports -> 1.5 SOL        address -> 7Np4…CT4K        0.4 -> 40.00%
 */
import Table from "cli-table3";

export { formatSol } from "../chain/sol.ts";

export function formatPercent(share: number, decimals = 2): string {
  return `${(100 * share).toFixed(decimals)}%`;
}

/** A share of one amount in another; 0 of 0 is 0. */
export function shareOf(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number(part) / Number(whole);
}

export function shortenAddress(address: string): string {
  return address.length <= 9 ? address : `${address.slice(0, 4)}…${address.slice(-4)}`;
}

export type Column = { readonly title: string; readonly align?: "left" | "right" };

const noLine = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** Plain columns, two spaces apart, no frame: easy to read and to cut. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly (string | number)[])[]): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align = "left" }) => align),
    chars: noLine,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => row.map(String)));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** `Name:    value` lines, the values under one another. */
export function formatFields(fields: readonly (readonly [name: string, value: string | number | bigint])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length)) + 2;
  return fields.map(([name, value]) => `${`${name}:`.padEnd(width)}${value}`).join("\n");
}

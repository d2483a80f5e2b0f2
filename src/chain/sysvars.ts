/** The sysvars: accounts in which the chain tells programs and clients about itself. */
import type { OpeningBank, WorkingBank } from "./bank.ts";
import type { Hash } from "./ids.ts";

export function writeSysvarsAtOpen(_opening: OpeningBank): void {}

export function writeSysvarsAtFreeze(_working: WorkingBank, _blockhash: Hash): void {}

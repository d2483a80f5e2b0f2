/** A devnet's reports as the events that its listeners hear. */
import type { EventEmitter } from "node:events";
import type { Address } from "../chain/ids.ts";
import type { Report } from "../validator/contract.ts";

type ReportOf<Type extends Report["type"]> = Extract<Report, { readonly type: Type }>;

export function emitRefusedBlock(events: EventEmitter, report: ReportOf<"block-refused">, validator: Address): void {
  const { slot, blockId, refusal } = report;
  events.emit("block-refused", { slot, blockId, validator, refusal });
}

/** What the observer reports. */
export function emitReport(events: EventEmitter, report: Report): void {
  switch (report.type) {
    case "equivocation-seen": {
      const { slot, leader, blockIds } = report;
      events.emit("equivocation-seen", { slot, leader, blockIds });
      return;
    }
    case "block-confirmed":
    case "block-finalized":
      events.emit(report.type, { slot: report.bank.slot, blockId: report.bank.blockId });
      return;
    case "transaction-dropped":
      events.emit("transaction-dropped", { signature: report.signature, code: report.code });
      return;
    default:
    // Nobody listens to the others.
  }
}

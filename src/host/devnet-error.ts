import { formatRefusal, type Refusal } from "../base/refusal.ts";

/** Options that cannot stand: a programmer's or operator's mistake, in one sentence. */
export class DevnetError extends Error {
  override readonly name = "DevnetError";
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`cannot start a devnet: ${formatRefusal(refusal)}`);
    this.refusal = refusal;
  }
}

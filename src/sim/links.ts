/**
 * The network between validators. Today: every message arrives, at once. The simulator's faults are other models
 * behind this interface.
 */
export interface LinkModel {
  /** Whole virtual milliseconds, 0 or more, from one node to another; null when the message is lost. */
  delayMs(from: number, to: number): number | null;
}

export const instantLinks: LinkModel = { delayMs: () => 0 };

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Address, addressOf, type Epoch, epochOf } from "./ids.ts";
import { firstEpochOfNewVoter, setAuthorizedVoter } from "./vote-authority.ts";
import { authorizedVoterAt, createVoteState, rememberAuthorizedVoter, type VoteState } from "./vote-state.ts";

const key = (byte: number): Address => addressOf(new Uint8Array(32).fill(byte));
const [alice, bob, carol] = [1, 2, 3].map(key) as [Address, Address, Address];
const stateFrom = (epoch: number, authorizedVoter: Address): VoteState =>
  createVoteState({ identity: key(9), authorizedVoter, withdrawer: key(9), commissionBps: 0, epoch: epochOf(epoch) });

/** As an instruction in `epoch` does it. */
function change(state: VoteState, voter: Address, epoch: Epoch): VoteState | null {
  return setAuthorizedVoter(rememberAuthorizedVoter(state, epoch), voter, epoch);
}

describe("a new authorized voter", () => {
  it("takes over in the epoch after the next", () => {
    expect(firstEpochOfNewVoter(epochOf(4))).toBe(6);
    const changed = change(stateFrom(3, alice), bob, epochOf(4))!;
    expect(changed.authorizedVoters).toEqual([
      { epoch: 3, voter: alice },
      { epoch: 4, voter: alice },
      { epoch: 6, voter: bob },
    ]);
    expect([4, 5, 6, 7].map((epoch) => authorizedVoterAt(changed, epochOf(epoch)))).toEqual([alice, alice, bob, bob]);
  });

  it("is named once an epoch, by whoever comes first", () => {
    const changed = change(stateFrom(3, alice), bob, epochOf(4))!;
    expect(change(changed, carol, epochOf(4))).toBeNull();
    const again = change(changed, carol, epochOf(5))!;
    expect([5, 6, 7].map((epoch) => authorizedVoterAt(again, epochOf(epoch)))).toEqual([alice, bob, carol]);
  });

  it("never changes who signs in an epoch that has begun or is about to, and keeps at most four entries", () => {
    const step = fc.record({ pause: fc.nat(3), voter: fc.constantFrom(alice, bob, carol) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let state = stateFrom(0, alice);
        let epoch = 0;
        // The dumb twin: who signs in each epoch, written down in advance.
        const signers: Address[] = new Array(60).fill(alice);
        const named = new Set<number>();
        for (const { pause, voter } of steps) {
          epoch += pause;
          const next = change(state, voter, epochOf(epoch));
          expect(next === null).toBe(named.has(epoch));
          if (next === null) continue;
          named.add(epoch);
          signers.fill(voter, epoch + 2);
          state = next;
          expect(state.authorizedVoters.length).toBeLessThanOrEqual(4);
          const epochs = state.authorizedVoters.map((entry) => entry.epoch);
          expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
          for (let ahead = epoch; ahead < 60; ahead++) {
            expect(authorizedVoterAt(state, epochOf(ahead))).toBe(signers[ahead]);
          }
        }
      }),
      { seed: 1234, numRuns: 100 },
    );
  });
});

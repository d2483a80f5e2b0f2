/** An account: what it holds; of a stake account, how its stake comes and goes over the epochs. */
import { useEffect, useState } from "preact/hooks";
import { AccountLink, Answered, type Ask, type Asking, Facts, useAnswer } from "./asking.tsx";
import { formatJson, formatSol, solOf } from "./format.ts";
import { Plot } from "./plot.tsx";

type Parsed = {
  readonly program: string;
  readonly parsed: { readonly type: string; readonly info: Readonly<Record<string, unknown>> };
};

type FoundAccount = {
  /** A bigint beyond what a number holds exactly (source.ts). */
  readonly lamports: number | bigint;
  readonly owner: string;
  readonly executable: boolean;
  readonly space: number;
  readonly data: Parsed | readonly [string, string];
};

type Signed = { readonly signature: string; readonly slot: number; readonly err: unknown };

const confirmed = { commitment: "confirmed" };

export function AccountPage({ address, asking }: { readonly address: string; readonly asking: Asking | null }) {
  const answer = useAnswer<{ readonly value: FoundAccount | null }>(asking, "getAccountInfo", [
    address,
    { ...confirmed, encoding: "jsonParsed" },
  ]);
  const signed = useAnswer<readonly Signed[]>(asking, "getSignaturesForAddress", [
    address,
    { ...confirmed, limit: 25 },
  ]);
  return (
    <>
      <h2>Account</h2>
      <p class="name-of">{address}</p>
      <Answered answer={answer} missing={null}>
        {({ value: account }) =>
          account === null ? (
            <p>No such account: it holds nothing.</p>
          ) : (
            <AccountContent address={address} account={account} asking={asking} />
          )
        }
      </Answered>
      <h3>Transactions, newest first</h3>
      {signed.type === "found" && signed.value.length === 0 && <p class="soft">None.</p>}
      {signed.type === "failed" && <p class="soft">{signed.message}</p>}
      <ul class="list">
        {(signed.type === "found" ? signed.value : []).map(({ signature, slot, err }) => (
          <li key={signature}>
            <a href={`#/slot/${slot}`}>{slot}</a> <a href={`#/tx/${signature}`}>{signature}</a>{" "}
            {err === null ? "" : <span class="bad">failed</span>}
          </li>
        ))}
      </ul>
    </>
  );
}

type ContentProps = { readonly address: string; readonly account: FoundAccount; readonly asking: Asking | null };

function AccountContent({ address, account, asking }: ContentProps) {
  const { lamports, owner, space, data } = account;
  const parsed = "parsed" in data ? data : null;
  const delegation = parsed?.program === "stake" ? delegationIn(parsed.parsed.info) : null;
  return (
    <>
      <Facts
        facts={[
          ["Balance", `${formatSol(String(lamports))} SOL`],
          ["Owner", <AccountLink key="owner" address={owner} />],
          ["Data", `${space} bytes`],
          ...(parsed === null ? [] : ([["Is", `${parsed.program}: ${parsed.parsed.type}`]] as const)),
        ]}
      />
      {delegation !== null && <Timeline address={address} delegation={delegation} asking={asking} />}
      {parsed !== null && (
        <details>
          <summary>All of it</summary>
          <pre>{formatJson(parsed.parsed.info)}</pre>
        </details>
      )}
    </>
  );
}

type Delegation = {
  readonly voter: string;
  readonly stake: bigint;
  readonly activationEpoch: bigint;
  readonly deactivationEpoch: bigint;
};

const never = 2n ** 64n - 1n;

/** The delegation of a stake account as RPC shows it; null where it has none. */
function delegationIn(info: Readonly<Record<string, unknown>>): Delegation | null {
  const stake = info.stake as { readonly delegation?: Readonly<Record<string, string>> } | null | undefined;
  const found = stake?.delegation;
  if (found === undefined) return null;
  const { voter = "", stake: lamports = "0", activationEpoch = "0", deactivationEpoch = String(never) } = found;
  return {
    voter,
    stake: BigInt(lamports),
    activationEpoch: BigInt(activationEpoch),
    deactivationEpoch: BigInt(deactivationEpoch),
  };
}

type Activation = {
  readonly epoch: number;
  readonly effective: number | bigint;
  readonly activating: number | bigint;
  readonly deactivating: number | bigint;
  /** Of an epoch to come, as if nobody staked or unstaked. */
  readonly projected: boolean;
};

const epochsBack = 40;
const epochsAhead = 3;

/** Of each epoch around the ones in which it was delegated and undelegated, as far as they are near. */
async function readTimeline(
  ask: Ask,
  address: string,
  { activationEpoch }: Delegation,
): Promise<readonly Activation[]> {
  const { epoch: now } = await ask<{ readonly epoch: number }>("getEpochInfo", [confirmed]);
  const began = activationEpoch === never ? 0 : Number(activationEpoch);
  const first = Math.max(0, began - 1, now - epochsBack);
  const epochs = Array.from({ length: Math.max(0, now + epochsAhead - first + 1) }, (_, place) => first + place);
  return Promise.all(epochs.map((epoch) => ask<Activation>("escapement_getStakeActivation", [address, epoch])));
}

function Timeline(props: {
  readonly address: string;
  readonly delegation: Delegation;
  readonly asking: Asking | null;
}) {
  const { address, delegation, asking } = props;
  const [timeline, setTimeline] = useState<readonly Activation[]>([]);
  const key = `${address} ${delegation.activationEpoch} ${delegation.deactivationEpoch}`;
  useEffect(() => {
    let isWanted = true;
    if (asking !== null) {
      readTimeline(asking.ask, address, delegation).then(
        (found) => isWanted && setTimeline(found),
        () => isWanted && setTimeline([]),
      );
    }
    return () => {
      isWanted = false;
    };
  }, [asking?.ask, asking?.version, key]);
  const { voter, activationEpoch, deactivationEpoch, stake } = delegation;
  const now = timeline.findLast(({ projected }) => !projected)?.epoch;
  return (
    <>
      <Facts
        facts={[
          ["Delegated to", <AccountLink key="voter" address={voter} />],
          ["Stake", `${formatSol(String(stake))} SOL`],
          ["Activated in", activationEpoch === never ? "genesis" : `epoch ${activationEpoch}`],
          ["Deactivated in", deactivationEpoch === never ? "—" : `epoch ${deactivationEpoch}`],
        ]}
      />
      <figure>
        <figcaption>
          How much of it counts, by epoch{now === undefined ? "" : `; now ${now}, and on as if nobody staked any more`}
        </figcaption>
        <Plot
          label="effective, activating and deactivating stake by epoch"
          x="epoch"
          xs={timeline.map(({ epoch }) => epoch)}
          isWhole
          marks={now === undefined ? [] : [{ x: now, text: "now" }]}
          formatY={(value) => String(Number(value.toFixed(3)))}
          series={[
            { label: "effective", kind: "bars", ys: timeline.map(({ effective }) => solOf(effective)) },
            {
              label: "activating",
              color: "good",
              kind: "points",
              ys: timeline.map((each) => solOf(each.activating) || null),
            },
            {
              label: "deactivating",
              color: "warn",
              kind: "points",
              ys: timeline.map((each) => solOf(each.deactivating) || null),
            },
          ]}
        />
      </figure>
    </>
  );
}

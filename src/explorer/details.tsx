/** One thing, looked at closely: a block, a transaction, an account, a validator, an epoch. Asked of the devnet's RPC. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { AccountPage } from "./account-page.tsx";
import { AccountLink, Answered, type Asking, Facts, useAnswer } from "./asking.tsx";
import { formatJson, formatLamports, formatSol, solOf } from "./format.ts";
import { cellAt, type Model, slotsKept } from "./model.ts";
import { Plot } from "./plot.tsx";
import type { Route } from "./route.ts";
import { statusOf } from "./validators.tsx";

export type DetailsProps = {
  readonly route: Exclude<Route, { type: "whole" }>;
  readonly model: Model;
  /** Null in a recording, which knows only what was watched. */
  readonly asking: Asking | null;
};

export function Details({ route, model, asking }: DetailsProps) {
  const main = useRef<HTMLElement>(null);
  // Who came by a link reads on here, by keyboard too.
  const place = JSON.stringify(route);
  useEffect(() => main.current?.focus(), [place]);
  return (
    <main class="details" ref={main} tabIndex={-1}>
      <p>
        <a href="#/">← the whole network</a>
      </p>
      <section class="section">
        <Page route={route} model={model} asking={asking} />
      </section>
    </main>
  );
}

function Page({ route, model, asking }: DetailsProps) {
  switch (route.type) {
    case "slot":
      return <SlotPage slot={route.slot} model={model} asking={asking} />;
    case "block": {
      const block = model.blocks.get(route.id);
      if (block === undefined) return <Missing what="block" name={route.id} />;
      return <SlotPage slot={block.slot} model={model} asking={asking} id={route.id} />;
    }
    case "tx":
      return <TransactionPage signature={route.signature} asking={asking} />;
    case "account":
      return <AccountPage address={route.address} asking={asking} />;
    case "validator":
      return <ValidatorPage index={route.index} model={model} />;
    case "epoch":
      return <EpochPage epoch={route.epoch} model={model} asking={asking} />;
    case "unknown":
      return <Missing what="page" name={route.text} />;
  }
}

function Missing({ what, name }: { readonly what: string; readonly name: string }) {
  return (
    <>
      <h2>No such {what}</h2>
      <p class="name-of">{name}</p>
      <p class="soft">
        The page remembers the blocks of the last {slotsKept} slots at most. Search for a slot, an address or a
        signature.
      </p>
    </>
  );
}

/** Beyond what a number holds exactly it comes as a bigint (source.ts). */
type Amount = number | bigint;

type ParsedInstruction = {
  readonly program?: string;
  readonly programId: string;
  readonly parsed?: { readonly type?: string; readonly info?: unknown } | string;
  readonly data?: string;
};

type FoundTransaction = {
  readonly slot?: number;
  readonly transaction: {
    readonly signatures: readonly string[];
    readonly message: {
      readonly accountKeys: readonly {
        readonly pubkey: string;
        readonly signer: boolean;
        readonly writable: boolean;
      }[];
      readonly instructions: readonly ParsedInstruction[];
    };
  };
  readonly meta: {
    readonly err: unknown;
    readonly fee: Amount;
    readonly preBalances: readonly Amount[];
    readonly postBalances: readonly Amount[];
    readonly logMessages: readonly string[] | null;
  } | null;
};

type FoundBlock = {
  readonly blockhash: string;
  readonly parentSlot: number;
  readonly blockHeight: number;
  readonly transactions: readonly FoundTransaction[];
  readonly rewards: readonly { readonly pubkey: string; readonly lamports: Amount; readonly rewardType: string }[];
};

/** Not what else the vote program does, such as a new commission. */
const isVote = ({ transaction: { message } }: FoundTransaction) =>
  message.instructions.length > 0 &&
  message.instructions.every(({ program, parsed }) => {
    const type = typeof parsed === "string" ? parsed : parsed?.type;
    return program === "vote" && /vote|towersync/.test(type ?? "");
  });

function SlotPage({ slot, model, asking, id }: { slot: number; model: Model; asking: Asking | null; id?: string }) {
  const cell = cellAt(model, slot);
  const versions = (model.blocksOf.get(slot) ?? []).flatMap((each) => model.blocks.get(each) ?? []);
  const config = { maxSupportedTransactionVersion: 0, encoding: "jsonParsed", rewards: true, commitment: "confirmed" };
  const answer = useAnswer<FoundBlock | null>(asking, "getBlock", [slot, config]);
  const leader = cell.leader === null ? null : model.header.validators[cell.leader];
  const onChain = model.chain.get(slot);
  return (
    <>
      <h2>
        {id === undefined ? `Slot ${slot}` : `Block of slot ${slot}`} <span class="soft">{cell.kind}</span>
      </h2>
      <p>
        <a href={`#/slot/${slot - 1}`}>← {slot - 1}</a> · <a href={`#/slot/${slot + 1}`}>{slot + 1} →</a>
      </p>
      <Facts
        facts={[
          ["Leader", leader == null ? "not known here" : <a href={`#/validator/${cell.leader}`}>{leader.name}</a>],
          ...versions.map((block, place): [string, ComponentChildren] => [
            versions.length === 1 ? "Block" : `Block ${place + 1} of ${versions.length}`,
            <span key={block.id}>
              {block.id === id ? <b>{block.id}</b> : <a href={`#/block/${block.id}`}>{block.id}</a>}
              {`, on slot ${block.parentSlot}, ${block.votes} votes, ${block.transactions} transactions`}
              {block.id === onChain ? "" : ", not on the observer's chain"}
            </span>,
          ]),
        ]}
      />
      {answer.type === "waiting" && <p class="soft">Asking…</p>}
      {answer.type === "failed" && <p class="soft">The ledger has no block here: {answer.message}</p>}
      {answer.type === "found" && answer.value !== null && (id === undefined || id === onChain) && (
        <BlockContent block={answer.value} />
      )}
      {id !== undefined && id !== onChain && (
        <p class="soft">The ledger holds only the followed chain's block of a slot, and this one is not on it.</p>
      )}
    </>
  );
}

function BlockContent({ block }: { readonly block: FoundBlock }) {
  const others = block.transactions.filter((each) => !isVote(each));
  const votes = block.transactions.length - others.length;
  return (
    <>
      <Facts
        facts={[
          ["Height", block.blockHeight],
          ["Parent", <a key="parent" href={`#/slot/${block.parentSlot}`}>{`slot ${block.parentSlot}`}</a>],
          ["Blockhash", block.blockhash],
          ["Votes", votes],
        ]}
      />
      <h3>Transactions</h3>
      {others.length === 0 && <p class="soft">None but votes.</p>}
      <ul class="list">
        {others.slice(0, 200).map((each) => {
          const [signature = ""] = each.transaction.signatures;
          return (
            <li key={signature}>
              <a href={`#/tx/${signature}`}>{signature}</a> {describeInstructions(each)}{" "}
              {each.meta?.err == null ? "" : <span class="bad">failed</span>}
            </li>
          );
        })}
      </ul>
      {block.rewards.length > 0 && <h3>Rewards</h3>}
      <ul class="list">
        {block.rewards.slice(0, 200).map(({ pubkey, lamports, rewardType }, place) => (
          <li key={place}>
            <AccountLink address={pubkey} /> {rewardType} {formatLamports(String(lamports))}
          </li>
        ))}
      </ul>
    </>
  );
}

function describeInstruction({ program, programId, parsed }: ParsedInstruction): string {
  const type = typeof parsed === "string" ? parsed : parsed?.type;
  return `${program ?? programId}${type === undefined ? "" : `: ${type}`}`;
}

const describeInstructions = ({ transaction }: FoundTransaction) =>
  transaction.message.instructions.map(describeInstruction).join(", ");

function TransactionPage({ signature, asking }: { readonly signature: string; readonly asking: Asking | null }) {
  const config = { maxSupportedTransactionVersion: 0, encoding: "jsonParsed", commitment: "confirmed" };
  const answer = useAnswer<FoundTransaction | null>(asking, "getTransaction", [signature, config]);
  return (
    <>
      <h2>Transaction</h2>
      <p class="name-of">{signature}</p>
      <Answered answer={answer} missing={<p>No confirmed block holds it.</p>}>
        {(found) => <TransactionContent found={found} />}
      </Answered>
    </>
  );
}

function TransactionContent({ found }: { readonly found: FoundTransaction }) {
  const { meta, slot, transaction } = found;
  const { accountKeys, instructions } = transaction.message;
  return (
    <>
      <Facts
        facts={[
          [
            "Slot",
            <a key="slot" href={`#/slot/${slot}`}>
              {slot}
            </a>,
          ],
          ["Result", meta?.err == null ? "success" : <span class="bad">{JSON.stringify(meta.err)}</span>],
          ["Fee", formatLamports(String(meta?.fee ?? 0))],
        ]}
      />
      <h3>Instructions</h3>
      <ol>
        {instructions.map((instruction, place) => (
          <li key={place}>
            {describeInstruction(instruction)}
            <pre>{formatJson(instruction.parsed ?? instruction.data)}</pre>
          </li>
        ))}
      </ol>
      <h3>Accounts</h3>
      <ul class="list">
        {accountKeys.map(({ pubkey, signer, writable }, place) => {
          const change = BigInt(meta?.postBalances[place] ?? 0) - BigInt(meta?.preBalances[place] ?? 0);
          return (
            <li key={pubkey}>
              <AccountLink address={pubkey} />
              {signer ? ", signed" : ""}
              {writable ? "" : ", read only"}
              {change === 0n ? "" : `, ${change > 0n ? "+" : ""}${formatLamports(String(change))}`}
            </li>
          );
        })}
      </ul>
      {(meta?.logMessages?.length ?? 0) > 0 && (
        <>
          <h3>Log</h3>
          <pre>{meta?.logMessages?.join("\n")}</pre>
        </>
      )}
    </>
  );
}

function ValidatorPage({ index, model }: { readonly index: number; readonly model: Model }) {
  const named = model.header.validators[index];
  if (named === undefined) return <Missing what="validator" name={String(index)} />;
  const { table } = model;
  const validator = table?.validators[index];
  const { name, identity, voteAccount } = named;
  const rewards = table?.rewards ?? [];
  return (
    <>
      <h2>{name}</h2>
      <Facts
        facts={[
          ["Identity", <AccountLink key="identity" address={identity} />],
          ["Vote account", <AccountLink key="vote" address={voteAccount} />],
          ...(validator === undefined
            ? []
            : ([
                ["Status", statusOf(validator).join(", ")],
                ["Stake", `${formatSol(validator.stake)} SOL`],
                ["Activating", `${formatSol(validator.activating)} SOL`],
                ["Deactivating", `${formatSol(validator.deactivating)} SOL`],
                ["Commission", `${validator.commissionBps / 100}%`],
                ["Balance", `${formatSol(validator.balance)} SOL`],
                ["Credits", `${validator.credits}, ${validator.epochCredits} of this epoch`],
                ["Last vote", validator.lastVote ?? "none"],
                ["Blocks", `${validator.blocks} of ${validator.leaderSlots} slots`],
                ["Slashed", `${formatSol(validator.slashed)} SOL`],
              ] as const)),
        ]}
      />
      <figure>
        <figcaption>SOL that it and its stakers earned, by epoch</figcaption>
        <Plot
          label={`SOL earned by ${name} and its stakers by epoch`}
          x="epoch"
          xs={rewards.map(({ epoch }) => epoch)}
          isWhole
          formatY={(sol) => String(Number(sol.toPrecision(4)))}
          series={[{ label: "SOL", kind: "bars", ys: rewards.map(({ shares }) => solOf(shares[index] ?? 0)) }]}
        />
      </figure>
    </>
  );
}

type EpochSchedule = {
  readonly slotsPerEpoch: number;
  readonly firstNormalEpoch: number;
  readonly firstNormalSlot: number;
};

/** Epochs of a warm-up are 32 slots, 64, 128 … */
const slotsOfFirstEpoch = 32;

/** @returns the first slot of an epoch, and how many it has. */
export function spanOf(schedule: EpochSchedule, epoch: number): { readonly firstSlot: number; readonly slots: number } {
  const { slotsPerEpoch: slots, firstNormalEpoch, firstNormalSlot } = schedule;
  if (epoch >= firstNormalEpoch) return { firstSlot: firstNormalSlot + (epoch - firstNormalEpoch) * slots, slots };
  return { firstSlot: slotsOfFirstEpoch * (2 ** epoch - 1), slots: slotsOfFirstEpoch * 2 ** epoch };
}

function EpochPage({
  epoch,
  model,
  asking,
}: {
  readonly epoch: number;
  readonly model: Model;
  readonly asking: Asking | null;
}) {
  const schedule = useAnswer<EpochSchedule>(asking, "getEpochSchedule", []);
  const span = schedule.type === "found" ? spanOf(schedule.value, epoch) : null;
  const earned = model.table?.rewards.find((each) => each.epoch === epoch);
  return (
    <>
      <h2>Epoch {epoch}</h2>
      <p>
        {epoch > 0 && <a href={`#/epoch/${epoch - 1}`}>← {epoch - 1}</a>}{" "}
        <a href={`#/epoch/${epoch + 1}`}>{epoch + 1} →</a>
      </p>
      <Facts
        facts={[
          ...(span === null ? [] : ([["Slots", `${span.firstSlot} to ${span.firstSlot + span.slots - 1}`]] as const)),
          ...(earned === undefined
            ? ([["Rewards", epoch >= model.epoch.epoch ? "not over yet" : "not final yet, or too old"]] as const)
            : ([
                ["Issued", formatLamports(earned.paid)],
                ["Fees", `${formatLamports(earned.fees)} to leaders, ${formatLamports(earned.burned)} burned`],
                ["Slashed", `${formatLamports(earned.slashed)}, taken at its beginning`],
              ] as const)),
        ]}
      />
      {span !== null && <Leaders span={span} model={model} asking={asking} />}
    </>
  );
}

type LeadersProps = {
  readonly span: { readonly firstSlot: number; readonly slots: number };
  readonly model: Model;
  readonly asking: Asking | null;
};

function Leaders({ span, model: { header }, asking }: LeadersProps) {
  type Found = Readonly<Record<string, readonly number[]>> | null;
  const leaders = useAnswer<Found>(asking, "getLeaderSchedule", [span.firstSlot]);
  const unknown = <p class="soft">The schedule of this epoch is not known.</p>;
  return (
    <>
      <h3>Leaders</h3>
      <Answered answer={leaders} missing={unknown} failed={unknown}>
        {(schedule) => (
          <ul class="list">
            {Object.entries(schedule).map(([identity, places]) => {
              const index = header.validators.findIndex((each) => each.identity === identity);
              return (
                <li key={identity}>
                  <a href={index < 0 ? `#/account/${identity}` : `#/validator/${index}`}>
                    {header.validators[index]?.name ?? identity}
                  </a>
                  : {places.length} of {span.slots} slots
                </li>
              );
            })}
          </ul>
        )}
      </Answered>
    </>
  );
}

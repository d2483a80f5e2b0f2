/**
 * The fork tree: the blocks that no root has settled yet. Who votes where, where each validator's head is, what one
 * validator is locked out of.
 *
 *     size of a block: stake behind it      ring: confirmed      line: the root      marks: heads
 */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { colorOf } from "./colors.ts";
import { formatPercent } from "./format.ts";
import { liveTree, type Model, type TreeBlock } from "./model.ts";

const blocksMax = 72;
const stepX = 26;
const stepY = 44;
const left = 40;
const top = 30;

export type Tower = {
  readonly root: number | null;
  readonly votes: readonly { readonly slot: number; readonly confirmationCount: number }[];
};

export type ForkTreeProps = {
  readonly model: Model;
  /** Null in a recording. */
  readonly towerOf: ((validator: number) => Promise<Tower>) | null;
};

export function ForkTree({ model, towerOf }: ForkTreeProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const tower = useTower(model, chosen, towerOf);
  const { holder, noteEnd } = useNewest();
  const tree = liveTree(model, blocksMax);
  const first = tree[0]?.block.slot ?? 0;
  const last = tree.at(-1)?.block.slot ?? 0;
  const lanes = Math.max(0, ...tree.map(({ lane }) => lane));
  const width = left + (last - first + 2) * stepX;
  const height = top + lanes * stepY + 64;
  const place = new Map(tree.map((each) => [each.block.id, placeOf(each, first)]));
  const lockouts = new Map(tower?.votes.map(({ slot, confirmationCount }) => [slot, 2 ** confirmationCount]));
  const rootX = left + (model.finalized - first) * stepX;
  return (
    <>
      {towerOf !== null && (
        <label class="choice">
          Lockouts of{" "}
          <select
            value={chosen ?? ""}
            onChange={({ currentTarget: { value } }) => setChosen(value === "" ? null : Number(value))}
          >
            <option value="">nobody</option>
            {model.header.validators.map(({ name, identity }, index) => (
              <option key={identity} value={index}>
                {name}
              </option>
            ))}
          </select>
          {tower !== null && ` root ${tower.root ?? "none"}, ${tower.votes.length} votes`}
        </label>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, by keyboard too */}
      <section class="scroll" tabIndex={0} aria-label="Fork tree" ref={holder} onScroll={noteEnd}>
        <svg
          width={width}
          height={height}
          aria-label={`${tree.length} blocks in ${lanes + 1} lanes, root at slot ${model.finalized}`}
          data-lanes={lanes + 1}
        >
          <line class="root-line" x1={rootX + stepX / 2} x2={rootX + stepX / 2} y1={4} y2={height - 4} />
          <text class="soft" x={rootX + stepX / 2 - 4} y={14} text-anchor="end">
            root
          </text>
          {tree.map((each) => {
            const from = place.get(each.block.parentId);
            const to = place.get(each.block.id)!;
            if (from === undefined) return null;
            return <path key={`${each.block.id}-edge`} class="edge" d={edge(from, to)} />;
          })}
          {tree.map((each) => (
            <Block
              key={each.block.id}
              each={each}
              at={place.get(each.block.id)!}
              model={model}
              lockout={lockouts.get(each.block.slot) ?? null}
            />
          ))}
        </svg>
      </section>
      <p class="soft">
        Filled: on the observer's chain. The larger, the more stake voted for the block or above it; numbers count the
        validators whose newest block it is.
      </p>
    </>
  );
}

/** New blocks come at the right: whoever looks there goes with them, and who has scrolled back stays. */
function useNewest() {
  const holder = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    const element = holder.current;
    if (element !== null && isAtEnd.current) element.scrollLeft = element.scrollWidth;
  });
  const noteEnd = () => {
    const { scrollLeft = 0, clientWidth = 0, scrollWidth = 0 } = holder.current ?? {};
    isAtEnd.current = scrollLeft + clientWidth >= scrollWidth - 2 * stepX;
  };
  return { holder, noteEnd };
}

function useTower(model: Model, chosen: number | null, towerOf: ForkTreeProps["towerOf"]): Tower | null {
  const [tower, setTower] = useState<Tower | null>(null);
  useEffect(() => {
    if (chosen === null || towerOf === null) {
      setTower(null);
      return;
    }
    let isWanted = true;
    towerOf(chosen).then(
      (found) => isWanted && setTower(found),
      () => isWanted && setTower(null),
    );
    return () => {
      isWanted = false;
    };
  }, [chosen, towerOf, model.slot]);
  return tower;
}

type Place = { readonly x: number; readonly y: number };

function placeOf({ block, lane }: TreeBlock, first: number): Place {
  return { x: left + (block.slot - first) * stepX, y: top + lane * stepY };
}

function edge(from: Place, to: Place): string {
  if (from.y === to.y) return `M${from.x} ${from.y}H${to.x}`;
  const bend = from.x + stepX * 0.8;
  return `M${from.x} ${from.y}C${bend} ${from.y} ${from.x + 4} ${to.y} ${Math.min(bend, to.x)} ${to.y}H${to.x}`;
}

function headsOf({ header }: Model, heads: readonly number[]): string {
  if (heads.length === 0) return "";
  const names = heads.slice(0, 12).map((index) => header.validators[index]?.name ?? "?");
  return `; head of ${names.join(", ")}${heads.length > names.length ? ` and ${heads.length - names.length} more` : ""}`;
}

type BlockProps = {
  readonly each: TreeBlock;
  readonly at: Place;
  readonly model: Model;
  readonly lockout: number | null;
};

function Block({ each, at, model, lockout }: BlockProps) {
  const { block, onChain, weight, heads } = each;
  const radius = 4 + 6 * Math.sqrt(Math.min(1, weight));
  const color = colorOf(block.leader);
  const isConfirmed = onChain && block.slot <= model.confirmed;
  const leader = block.leader === null ? "a stranger" : (model.header.validators[block.leader]?.name ?? "");
  return (
    <a href={`#/block/${block.id}`} aria-label={`block of slot ${block.slot}`}>
      <title>
        {`slot ${block.slot}, ${leader}: ${formatPercent(weight)} of the stake, ${block.transactions} transactions, ${block.votes} votes${headsOf(model, heads)}`}
      </title>
      {isConfirmed && <circle class="confirmed" cx={at.x} cy={at.y} r={radius + 2.5} />}
      <circle cx={at.x} cy={at.y} r={radius} fill={onChain ? color : "var(--paper)"} stroke={color} stroke-width="2" />
      {heads.length > 0 && (
        <text class="heads" x={at.x} y={at.y - radius - 5} text-anchor="middle">
          {heads.length}
        </text>
      )}
      {block.slot % 8 === 0 && (
        <text class="soft" x={at.x} y={at.y + radius + 13} text-anchor="middle">
          {block.slot}
        </text>
      )}
      {lockout !== null && (
        <text class="lockout" x={at.x} y={at.y + radius + 25} text-anchor="middle">
          {lockout > 9999 ? "…" : lockout}
        </text>
      )}
    </a>
  );
}

/** What happened, newest first, in sentences; what there is too much of is left out until it is wanted. */
import { useState } from "preact/hooks";
import type { WatchEvent } from "../sim/watch-frame.ts";

const shownMax = 100;
/** Dozens of them after every partition. */
const quietTypes = ["held", "skipped"] as const;

export function EventLog({ events }: { readonly events: readonly WatchEvent[] }) {
  const [wanted, setWanted] = useState<ReadonlySet<string>>(new Set());
  const shown = events.filter(({ type }) => !quietTypes.some((quiet) => quiet === type) || wanted.has(type));
  const toggle = (type: string) => {
    const next = new Set(wanted);
    if (!next.delete(type)) next.add(type);
    setWanted(next);
  };
  return (
    <>
      <div class="choice">
        Also show{" "}
        {quietTypes.map((type) => (
          <label key={type}>
            <input type="checkbox" checked={wanted.has(type)} onChange={() => toggle(type)} />{" "}
            {type === "held" ? "votes held back" : "skipped slots"} (
            {events.filter((each) => each.type === type).length}){" "}
          </label>
        ))}
      </div>
      {shown.length === 0 && (
        <p class="soft">Nothing has happened yet but blocks. Kill a validator, or part the network.</p>
      )}
      <ol class="events" aria-label="Events, newest first">
        {shown
          .slice(-shownMax)
          .reverse()
          .map(({ slot, type, text }, index) => (
            <li key={shown.length - index}>
              <a href={`#/slot/${slot}`}>{slot}</a> <span class={`event event-${type}`}>{type}</span> {text}
            </li>
          ))}
        {shown.length > shownMax && <li class="soft">… {shown.length - shownMax} more in the CSV</li>}
      </ol>
    </>
  );
}

/** What happened, newest first, in sentences. */
import type { WatchEvent } from "../sim/watch-frame.ts";

const shownMax = 100;

export function EventLog({ events }: { readonly events: readonly WatchEvent[] }) {
  if (events.length === 0)
    return <p class="soft">Nothing has happened yet but blocks. Kill a validator, or part the network.</p>;
  return (
    <ol class="events" aria-label="Events, newest first">
      {events
        .slice(-shownMax)
        .reverse()
        .map(({ slot, type, text }, index) => (
          <li key={events.length - index}>
            <a href={`#/slot/${slot}`}>{slot}</a> <span class={`event event-${type}`}>{type}</span> {text}
          </li>
        ))}
      {events.length > shownMax && <li class="soft">… {events.length - shownMax} more in the CSV</li>}
    </ol>
  );
}

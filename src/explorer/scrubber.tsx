/** A recorded run's time, to move through: the slider, the arrow keys on it, or play. */
import { useEffect, useState } from "preact/hooks";
import type { Recording } from "../sim/watch-frame.ts";
import { type Model, modelAt } from "./model.ts";

export type ScrubberProps = { readonly recording: Recording; readonly show: (model: Model) => void };

const tickMs = 100;
const speeds = [1, 5, 25] as const;

export function Scrubber({ recording, show }: ScrubberProps) {
  const { frames } = recording;
  const [at, setAt] = useState(frames.length - 1);
  const [speed, setSpeed] = useState<number>(0);
  useEffect(() => show(modelAt(recording, at)), [recording, at, show]);
  useEffect(() => {
    if (speed === 0) return;
    const timer = setInterval(() => setAt((now) => Math.min(frames.length - 1, now + speed)), tickMs);
    return () => clearInterval(timer);
  }, [speed, frames.length]);
  if (frames.length === 0) return <p class="waiting">The recording has no slots.</p>;
  const isAtEnd = at === frames.length - 1;
  return (
    <div class="scrubber">
      <label class="time">
        <span>
          Slot {frames[at]?.slot} of {frames.at(-1)?.slot}
        </span>
        <input
          type="range"
          min={0}
          max={frames.length - 1}
          value={at}
          onInput={({ currentTarget }) => {
            setSpeed(0);
            setAt(Number(currentTarget.value));
          }}
        />
      </label>
      {speeds.map((times) => (
        <button
          key={times}
          type="button"
          class="quiet"
          aria-pressed={speed === times && !isAtEnd}
          onClick={() => {
            if (isAtEnd) setAt(0);
            setSpeed(speed === times && !isAtEnd ? 0 : times);
          }}
        >
          {speed === times && !isAtEnd ? "Stop" : `Play ×${times}`}
        </button>
      ))}
    </div>
  );
}

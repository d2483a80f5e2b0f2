/** One field for everything: a slot, a block, an address, a signature, a validator's name, "epoch 7". */
import { useState } from "preact/hooks";
import { type Known, searchFor } from "./route.ts";

export function Search({ known }: { readonly known: Known }) {
  const [text, setText] = useState("");
  const [isLost, setLost] = useState(false);
  return (
    <search>
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          const found = searchFor(text, known);
          setLost(found === null);
          if (found === null) return;
          window.location.hash = found;
          setText("");
        }}
      >
        <label>
          <span class="hidden">Search</span>
          <input
            type="search"
            value={text}
            placeholder="slot, block, address, signature, name"
            aria-invalid={isLost}
            onInput={({ currentTarget }) => {
              setText(currentTarget.value);
              setLost(false);
            }}
          />
        </label>
        {isLost && (
          <span class="bad" role="alert">
            Neither a slot nor a name, an address or a signature
          </span>
        )}
      </form>
    </search>
  );
}

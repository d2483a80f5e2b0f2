/** A part of the page: its heading, its picture, and the data behind it to take along. */
import type { ComponentChildren } from "preact";
import { type Row, save, toCsv } from "./download.ts";

export type SectionProps = {
  readonly id: string;
  readonly title: string;
  /** Asked when somebody wants them. */
  readonly rows?: () => readonly Row[];
  /** Of further pictures in it. */
  readonly more?: readonly { readonly name: string; readonly rows: () => readonly Row[] }[];
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
};

export function Section({ id, title, rows, more = [], tools, children }: SectionProps) {
  return (
    <section class="section" id={id} aria-labelledby={`${id}-title`}>
      <div class="section-head">
        <h2 id={`${id}-title`}>{title}</h2>
        <div class="tools">
          {tools}
          {rows !== undefined && (
            <>
              <button type="button" class="quiet" onClick={() => save(`${id}.csv`, toCsv(rows()), "text/csv")}>
                CSV
              </button>
              <button
                type="button"
                class="quiet"
                onClick={() => save(`${id}.json`, JSON.stringify(rows(), null, 2), "application/json")}
              >
                JSON
              </button>
            </>
          )}
          {more.map(({ name, rows: moreRows }) => (
            <button
              key={name}
              type="button"
              class="quiet"
              onClick={() => save(`${id}-${name}.csv`, toCsv(moreRows()), "text/csv")}
            >
              {name} CSV
            </button>
          ))}
        </div>
      </div>
      {children}
    </section>
  );
}

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toJsonSchema } from "@valibot/to-json-schema";
import { describe, expect, it } from "vitest";
import { genesisFileSchema } from "../src/sim/genesis-file.ts";
import { scenarioSchema } from "../src/sim/scenario.ts";

/**
 * The published JSON schemas are made from the schemas that read the files. After a deliberate change:
 * UPDATE_SCHEMAS=1 npx vitest run test/schemas.test.ts
 */
const published = [
  ["genesis", "Escapement genesis file", genesisFileSchema],
  ["scenario", "Escapement scenario", scenarioSchema],
] as const;

describe("published schemas", () => {
  it.each(published)("say of a %s file what its reader says", (name, title, reader) => {
    const file = fileURLToPath(new URL(`../schemas/${name}.schema.json`, import.meta.url));
    // Checks that a JSON schema has no word for (how many decimals) are the reader's alone.
    const made = toJsonSchema(reader as typeof genesisFileSchema, { typeMode: "input", ignoreActions: ["check"] });
    const schema = { title, ...made };
    if (process.env.UPDATE_SCHEMAS !== undefined) writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(schema);
  });
});

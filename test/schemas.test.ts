import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toJsonSchema } from "@valibot/to-json-schema";
import { describe, expect, it } from "vitest";
import { genesisFileSchema } from "../src/sim/genesis-file.ts";

/**
 * The published JSON schemas are made from the schemas that read the files. After a deliberate change:
 * UPDATE_SCHEMAS=1 npx vitest run test/schemas.test.ts
 */
const file = fileURLToPath(new URL("../schemas/genesis.schema.json", import.meta.url));

describe("published schemas", () => {
  it("say of a genesis file what its reader says", () => {
    const schema = {
      title: "Escapement genesis file",
      ...toJsonSchema(genesisFileSchema, { typeMode: "input" }),
    };
    if (process.env.UPDATE_SCHEMAS !== undefined) writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(schema);
  });
});

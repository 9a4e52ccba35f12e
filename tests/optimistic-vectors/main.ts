/** `node tests/optimistic-vectors/main.ts` writes vectors/optimistic.json anew, for when a message or a label changes. */
import { writeFileSync } from "node:fs";
import { portableCrypto } from "@counterfoil/crypto";
import { makeVectors } from "./make.ts";

const crypto = await portableCrypto();
/** So that making the file twice makes it the same; a prover's nonces do not rest on this alone. */
const stuck = { ...crypto, random: (length: number) => new Uint8Array(length) };
const target = new URL("../../vectors/optimistic.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(makeVectors(stuck), null, 2)}\n`);

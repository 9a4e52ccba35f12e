/** The judge's own thread. It asks nobody anything: what it needs comes with its script. */

import { portableCrypto } from "@counterfoil/crypto";
import { expose } from "comlink";
import { answered } from "../wallet/trouble.ts";
import { judgementOf } from "./judgement.ts";
import type { Judge } from "./room.ts";

const crypto = portableCrypto();

const judge: Judge = {
  async ready() {
    await crypto;
  },
  judge: (evidence, file, onProgress) =>
    answered(async () => judgementOf(await crypto, evidence, file, onProgress), console.error),
};

expose(judge);

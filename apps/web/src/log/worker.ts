/** Reads logs and checks what they say, beside the page's own thread. */
import { fetchClient } from "@counterfoil/browser";
import { type Crypto, portableCrypto } from "@counterfoil/crypto";
import { type LogClient, logClient } from "@counterfoil/sdk/portable";
import { expose } from "comlink";
import { answered } from "../wallet/trouble.ts";
import type { LogAddress, LogDesk } from "./desk.ts";
import { findIn } from "./finding.ts";
import { descriptorOf, lookAt, namedBy } from "./looking.ts";

const crypto = portableCrypto();

const desk: LogDesk = {
  named: (market) => answered(async () => namedBy(await crypto, fetchClient(market)), console.error),
  look: (log, earlier) =>
    answered(() => reading(log, async (own, client) => lookAt(own, client, earlier)), console.error),
  lookUp: (log, words, bank) =>
    answered(() => reading(log, (own, client) => findIn(own, client, words, bank)), console.error),
};

async function reading<T>(log: LogAddress, use: (crypto: Crypto, client: LogClient) => Promise<T>): Promise<T> {
  const own = await crypto;
  const client = logClient(own, descriptorOf(log), fetchClient(log.url));
  try {
    return await use(own, client);
  } finally {
    client.close();
  }
}

expose(desk);

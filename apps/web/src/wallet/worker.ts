/**
 * The wallet's own thread. Keys, coins and all cryptography are here and nowhere else of the page: what leaves is what desk.ts
 * says. It is made once a page, when somebody first asks for the wallet.
 */
import { browserCrypto, fetchTransport } from "@counterfoil/browser";
import * as Comlink from "comlink";
import { lookerAt } from "../market/looking.ts";
import type { Looker } from "../market/seals.ts";
import { buyingDesk } from "./buying.ts";
import { CHANGED } from "./changed.ts";
import type { Desk } from "./desk.ts";
import { enteringDesk } from "./entering.ts";
import { keepWallet } from "./keeper.ts";
import { moneyDesk } from "./money.ts";
import { HERE } from "./opened.ts";
import { historyOf } from "./past.ts";
import { watchers } from "./watching.ts";

Comlink.expose(when(openDesk()));

/** Listens from the first moment on, and answers when there is somebody to answer. */
function when(opening: Promise<object>): object {
  type Method = (...asked: unknown[]) => unknown;
  return new Proxy(
    {},
    {
      get:
        (_, name) =>
        async (...asked: unknown[]) =>
          ((await opening) as unknown as Record<PropertyKey, Method>)[name]?.(...asked),
    },
  );
}

async function openDesk(): Promise<Desk & Looker> {
  const others = new BroadcastChannel(CHANGED);
  const watching = watchers();
  const onBug = (bug: unknown) => console.error(bug);
  const keeper = keepWallet(() => others.postMessage(null), onBug);
  const ports = {
    crypto: await browserCrypto(),
    clock: Date.now,
    transport: fetchTransport({ onMessage: watching.onMessage }),
    onBug,
    // The store is broken or another tab has taken it: what was decided is in it, and unlocking again finishes it.
    onFatal: () => void keeper.lock(),
  };
  const walletNow = () => {
    const { opened } = keeper;
    return opened && { bank: opened.settings.now.bank, trust: opened.wallet.trust };
  };
  return {
    ...lookerAt(ports, HERE, walletNow, onBug),
    ...enteringDesk(keeper, { ports, watchers: watching }),
    ...moneyDesk(keeper),
    ...buyingDesk(keeper),
    history: () => keeper.use(historyOf),
    setIdleMinutes: async (minutes) => keeper.setIdleMinutes(minutes),
  };
}

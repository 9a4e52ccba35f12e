/** How a wallet comes to be in this browser, is opened, copied and forgotten. */

import { SECOND_MS } from "@counterfoil/base";
import {
  createVault,
  forgetVault,
  importVault,
  openVault,
  rescueSeed,
  type Vault,
  vaultStanding,
} from "@counterfoil/browser";
import {
  cashDesk,
  finishErrands,
  NO_MONEY_MOVED,
  phraseOf,
  phraseRefusal,
  RESUME_PATIENCE_MS,
  Refusal,
  restoreCash,
  SEED_BYTES_OF_WORDS,
  seedOfPhrase,
} from "@counterfoil/sdk/portable";
import { goOn } from "./buying.ts";
import type { Answer, Desk, Restored } from "./desk.ts";
import { aborted, type KeepWallet, locked } from "./keeper.ts";
import { type HomeBank, homeBank, type Opened, type Outside, openIn, withAccount, withMarket } from "./opened.ts";
import { queue } from "./queue.ts";
import { answered, troubleOf } from "./trouble.ts";

type Entering = Pick<Desk, "standing" | "create" | "restore" | "restoreBackup" | "unlock" | "lock"> &
  Pick<Desk, "backup" | "phrase" | "changePassphrase" | "forget">;

/** Coins that are found again are exchanged within this time, one by one, and not together: their owner is waiting. */
const RESTORED_SPREAD_MS = 60 * SECOND_MS;

export function enteringDesk(keeper: KeepWallet, outside: Outside): Entering {
  const { ports } = outside;
  const { onBug } = ports;
  const inTurn = queue();

  /** One at a time: whoever asks how the wallet stands is not told of a lock that this very worker holds for a moment. */
  function enter<T>(work: () => Promise<T>): Promise<Answer<T>> {
    return inTurn(() =>
      answered(async () => {
        await keeper.closed();
        if (keeper.opened !== null) throw alreadyOpen();
        return work();
      }, onBug),
    );
  }

  /** @param home for a vault that was made just now: one that cannot be opened is forgotten, so that making it can be repeated. */
  async function holding(vault: Vault, home: HomeBank | null): Promise<Opened> {
    const tuning = vault.place().isRestoring() ? { spreadMs: RESTORED_SPREAD_MS } : {};
    const locking = new AbortController();
    const opened = await openIn(vault, outside, tuning, home, locking.signal).catch(async (error) => {
      await (home === null ? vault.close() : vault.forget().catch(() => vault.close()));
      throw error;
    });
    keeper.hold({
      opened,
      locking,
      close: () => opened.wallet.close().finally(() => vault.close()),
    });
    opened.wallet.onOver(() => keeper.behind(goOn));
    opened.wallet.onErrandOver(keeper.tell);
    return opened;
  }

  /** What was begun before, and what nobody may be made to wait for. */
  function goOnBehind({ wallet }: Opened): void {
    keeper.behind(goOn);
    keeper.behind(async (opened) => void (await finishErrands(opened.wallet, RESUME_PATIENCE_MS)));
    keeper.behind(withAccount);
    if (wallet.restoring()) keeper.behind(foundInTheEnd);
  }

  return {
    standing: () =>
      inTurn(async () => {
        await keeper.closed();
        return keeper.opened === null ? vaultStanding() : "open";
      }),
    create: (passphrase, words) =>
      enter(async () => {
        const home = await homeBank(ports); // before anything is made: a market that is down leaves no wallet behind
        const seed = ports.crypto.random(SEED_BYTES_OF_WORDS[words]);
        goOnBehind(await holding(await createVault(passphrase, seed, { restoring: false }), home));
        return { phrase: phraseOf(seed) };
      }),
    async restore(passphrase, phrase, onAsked) {
      const entered = await enter(async () => {
        const seed = seedOfPhrase(phrase);
        if (!seed.ok) throw phraseRefusal(seed);
        const home = await homeBank(ports);
        return holding(await createVault(passphrase, seed.value, { restoring: true }), home);
      });
      if (!entered.ok) return entered;
      const restored = await keeper.change(async (opened) => {
        await withAccount(opened);
        return found(opened, onAsked);
      });
      goOnBehind(entered.value); // with what could not be done now, too
      return restored;
    },
    restoreBackup: (passphrase, backup) =>
      enter(async () => {
        goOnBehind(await holding(await importVault(passphrase, backup), null));
        return null;
      }),
    unlock: (passphrase) =>
      enter(async () => {
        goOnBehind(await holding(await openVault(passphrase), null));
        return null;
      }),
    lock: () => keeper.lock(),
    backup: () => keeper.use(({ vault }) => vault.export()),
    phrase: (passphrase) =>
      keeper.opened === null
        ? enter(async () => ({ phrase: phraseOf(await rescueSeed(passphrase)) })) // one that may be too damaged to open
        : keeper.use(async ({ vault }) => {
            await demandPassphrase(vault, passphrase);
            return { phrase: phraseOf(vault.seed) };
          }),
    changePassphrase: (before, after) =>
      keeper.use(async ({ vault }) => {
        await vault.changePassphrase(before, after);
        return null;
      }),
    async forget(passphrase) {
      if (keeper.opened !== null) {
        const isIts = await keeper.use(({ vault }) => demandPassphrase(vault, passphrase));
        if (!isIts.ok) return isIts;
        await keeper.lock();
      }
      const forgotten = await enter(async () => {
        await rescueSeed(passphrase).catch(demandDamaged); // says whether it is the passphrase, of a damaged wallet too
        await forgetVault();
        return null;
      });
      keeper.tell();
      return forgotten;
    },
  };
}

async function demandPassphrase(vault: Vault, passphrase: string): Promise<null> {
  if (await vault.isPassphrase(passphrase)) return null;
  const detail = "This is not the wallet's passphrase.";
  throw new Refusal("wrong-passphrase", detail, NO_MONEY_MOVED, "Type it again.");
}

/** A first record that cannot be read says of no passphrase whether it is the one: nothing can be had of such a wallet any more. */
function demandDamaged(error: unknown): void {
  if (!(error instanceof Refusal && error.reason === "vault-damaged")) throw error;
}

function alreadyOpen(): Refusal {
  return new Refusal("already-open", "A wallet is open in this tab.", NO_MONEY_MOVED, "Lock it first.");
}

/** Looks for every coin of the phrase, question by question: a wallet that is locked meanwhile goes on when it is unlocked. */
async function found(opened: Opened, onAsked?: (asked: number) => void): Promise<Restored> {
  const { locking } = opened;
  return withMarket(opened, async (market) => {
    const { coins, minor } = await restoreCash(cashDesk(opened.wallet, market, opened.ports), (asked) => {
      if (locking.aborted) throw locked();
      onAsked?.(asked);
    });
    return { coins, minor };
  });
}

/** As often as it takes, while the wallet is open: until then its coins cannot be used. */
async function foundInTheEnd(opened: Opened): Promise<void> {
  const { wallet, locking } = opened;
  while (wallet.restoring() && !locking.aborted) {
    const trouble = await found(opened).then(
      () => null,
      (error: unknown) => error,
    );
    if (trouble === null || locking.aborted) return;
    if (troubleOf(trouble).reason === "bug") throw trouble;
    await pause(locking);
  }
}

/** A bank that does not answer is asked again after this time. */
const FIND_AGAIN_MS = 30 * SECOND_MS;

async function pause(locking: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FIND_AGAIN_MS);
  });
  await Promise.race([over, aborted(locking)]);
  clearTimeout(timer);
}

/**
 * What the page may ask of the wallet. It lives in a worker of its own (worker.ts), with its keys, its coins and all
 * cryptography, so that the page never waits for either; the page sees this and nothing else. Everything here can be copied
 * between threads. Money is bigint in minor units.
 */
import type { Field } from "../diagram/sequence.ts";

/** - `none`: there is no wallet in this browser.  - `locked`: its passphrase has not been said since the page was opened.
 *  - `elsewhere`: another tab uses it. */
export type WalletStanding = "none" | "locked" | "open" | "elsewhere";

/** A Refusal, or what came instead of one, as it crosses between threads. */
export interface Trouble {
  readonly reason: string;
  readonly detail: string;
  /** What happened to the money. */
  readonly money: string;
  readonly next: string;
  /** Whether it may have worked all the same, or goes on by itself: nothing to be shown as failed. */
  readonly isOpen?: boolean;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly trouble: Trouble };

export interface Desk {
  standing(): Promise<WalletStanding>;
  /** Makes a wallet and opens its account. @returns its phrase, which is shown once. */
  create(passphrase: string, words: 12 | 24): Promise<Answer<{ phrase: string }>>;
  /** From a phrase: its account at once, its coins as `onAsked` counts. */
  restore(passphrase: string, phrase: string, onAsked: (asked: number) => void): Promise<Answer<Restored>>;
  /** From a backup file and the passphrase that it was made under. */
  restoreBackup(passphrase: string, backup: Uint8Array): Promise<Answer<null>>;
  unlock(passphrase: string): Promise<Answer<null>>;
  lock(): Promise<void>;
  /** How long it stays open while nothing is asked of it. */
  setIdleMinutes(minutes: number): Promise<void>;
  /** Everything that the wallet holds, encrypted under its passphrase. */
  backup(): Promise<Answer<Uint8Array>>;
  phrase(passphrase: string): Promise<Answer<{ phrase: string }>>;
  changePassphrase(before: string, after: string): Promise<Answer<null>>;
  /** Forgets the wallet and everything in it, if that is its passphrase. */
  forget(passphrase: string): Promise<Answer<null>>;

  funds(): Promise<Answer<Funds>>;
  /** Play money, of a sandbox bank. */
  grant(amountMinor: bigint): Promise<Answer<null>>;
  withdraw(amountMinor: bigint): Promise<Answer<ErrandEnd>>;
  deposit(amountMinor: bigint): Promise<Answer<ErrandEnd>>;
  /** Coins for somebody else, as texts; `qr` of so few coins that each fits one QR code. */
  send(amountMinor: bigint, form: "text" | "qr"): Promise<Answer<readonly Handed[]>>;
  receive(token: string): Promise<Answer<ErrandEnd & { readonly amountMinor: bigint }>>;
  /** Takes back what was handed over and nobody has taken. */
  takeBack(): Promise<Answer<ErrandEnd>>;
  history(): Promise<Answer<History>>;

  /** Resolves when the purchase is over, or when nobody knows yet; it goes on by itself either way. */
  buy(order: BuyOrder, watch: BuyWatch): Promise<Answer<Bought>>;
  /** Waits for what is open, opens what is paid and not opened yet. */
  resume(tid: string): Promise<Answer<Bought>>;
  /** Asks the trustees without waiting for the wallet's own timer. */
  dispute(tid: string, watch: BuyWatch): Promise<Answer<Bought>>;
  /** What was bought, opened again from the encrypted goods here. */
  goods(tid: string): Promise<Answer<OpenedGoods>>;
  evidence(tid: string, against: "merchant" | "payment"): Promise<Answer<Uint8Array>>;
}

export interface Restored {
  readonly coins: number;
  readonly minor: bigint;
}

export interface Funds {
  readonly unit: string;
  /** Whether the bank is one of play money. */
  readonly sandbox: boolean;
  readonly account: string;
  readonly bank: string;
  readonly balanceMinor: bigint;
  /** Of the balance, set aside for orders. */
  readonly heldMinor: bigint;
  /** Coins by what can be done with them: available, in a payment, being exchanged, handed over, … */
  readonly cash: readonly { readonly state: string; readonly coins: number; readonly minor: bigint }[];
  /** How far this device's clock is behind a time that the wallet has seen; 0 where it is not. */
  readonly behindMs: number;
  /** Whether the wallet's coins are still being looked for, from a phrase or a backup. */
  readonly restoring: boolean;
}

/** `done` or what the bank refused for; null where it has not answered yet: it is asked again by itself. */
export interface ErrandEnd {
  readonly end: "done" | "unknown" | { readonly refused: Trouble };
}

export interface Handed {
  readonly token: string;
  readonly amountMinor: bigint;
}

export interface History {
  readonly unit: string;
  readonly purchases: readonly PurchaseLine[];
  /** null while the bank does not answer. */
  readonly statement:
    | null
    | readonly {
        readonly timeMs: number;
        readonly credit: boolean;
        readonly amountMinor: bigint;
        readonly kind: string;
        readonly balanceMinor: bigint;
      }[];
  readonly errands: readonly {
    readonly id: string;
    readonly kind: string;
    readonly phase: string;
    readonly minor: bigint;
  }[];
}

export interface PurchaseLine {
  readonly tid: string;
  /** Of the item, as the market numbers it. */
  readonly pid: string;
  readonly title: string;
  readonly priceMinor: bigint;
  readonly unit: string;
  /** The phase of its session: `received` for free goods that needed no bank. */
  readonly phase: string;
  readonly fileName: string;
  readonly startedMs: number;
  readonly delivered: boolean;
  readonly fault: string | null;
}

export interface BuyOrder {
  readonly pid: string;
  /** Of what the page has shown, in hex: nothing else is bought under the same number. */
  readonly certificate: string;
  readonly payWith: "account" | "coins";
  /** null for the default. */
  readonly exchange: "optimistic" | "netbill" | "logged" | null;
  readonly maxPriceMinor: bigint | null;
  readonly bidMinor: bigint | null;
  readonly regular: boolean;
}

/** What the page hears of a purchase while it goes on. */
export interface BuyWatch {
  /** The plain line before paying. @returns whether the buyer agrees. */
  agree(terms: ShownTerms): Promise<boolean>;
  onMessage(message: WatchedMessage): void;
  onProgress(what: "fetching" | "opening", bytes: number, ofBytes: number): void;
}

export interface ShownTerms {
  readonly title: string;
  readonly priceMinor: bigint;
  readonly unit: string;
  readonly fileBytes: number;
  readonly mode: string;
  readonly why: string;
  /** What is checked before anything is paid; who can see what; whom the buyer trusts. A sentence each. */
  readonly checked: string;
  readonly seen: string;
  readonly trusted: string;
  readonly parts: readonly { readonly title: string; readonly releaseMs: number }[];
}

/** One message on its way, told when it leaves and again when it is answered. */
export interface WatchedMessage {
  readonly id: string;
  readonly to: "shop" | "bank" | "log" | "trustee" | "other";
  /** Which trustee or log, where there are several. */
  readonly which: string;
  /** Its domain's last words: "order", "payment". */
  readonly name: string;
  readonly bytes: number;
  readonly atMs: number;
  readonly fields: readonly Field[];
  readonly answer:
    | null
    | { readonly kind: "answered"; readonly name: string; readonly bytes: number; readonly fields: readonly Field[] }
    | { readonly kind: "lost"; readonly code: string };
}

export type Bought =
  | { readonly kind: "delivered"; readonly tid: string; readonly priceMinor: bigint; readonly fileName: string }
  /** Everything else is said in words: what happened to the money, and what to do. */
  | { readonly kind: "open" | "ended" | "faulty" | "undelivered"; readonly tid: string; readonly trouble: Trouble };

export interface OpenedGoods {
  readonly fileName: string;
  readonly mediaType: string;
  readonly content: Blob;
}

/** What the worker has verified of a market, in words and numbers that a page can show. */
import type { Answer } from "../wallet/desk.ts";

/** What the page may ask of whoever verifies signatures for it. It needs no wallet. */
export interface Looker {
  /** Who trades here. */
  traders(): Promise<Answer<Traders>>;
  /** Of each item, in their order, what its certificate says and whether that holds. */
  seals(items: readonly Sealed[]): Promise<Answer<readonly Seal[]>>;
}

/** Items whose certificates are verified at a time: each takes a millisecond or two of the worker. */
export const SEALS_LIMIT = 400;

/** What the market shows of an item, and the certificate that is to cover it. */
export interface Sealed {
  readonly pid: string;
  readonly title: string;
  readonly description: string;
  readonly mediaType: string;
  readonly fileHash: string;
  readonly certificate: Uint8Array;
}

export interface Traders {
  /** Signed by the bank itself. */
  readonly bank: {
    readonly key: string;
    readonly unit: string;
    readonly sandbox: boolean;
    /** Whether it is the open wallet's; also while none is open. */
    readonly ofWallet: boolean;
  };
  /** Signed by the shop itself; null where there is none, or its signature does not hold. */
  readonly shop: { readonly key: string; readonly name: string; readonly ofThisBank: boolean } | null;
  /** Signed by the certifier itself; null where the market names none, or its signature does not hold. */
  readonly certifier: {
    readonly key: string;
    readonly name: string;
    /** What it vouches for, in its own sentence. */
    readonly policy: string;
    /** Whether the bank tells its customers to believe it. */
    readonly endorsed: boolean;
  } | null;
  readonly groups: readonly TradingGroup[];
  readonly logs: readonly { readonly origin: string; readonly url: string; readonly endorsed: boolean }[];
}

export interface TradingGroup {
  readonly id: string;
  readonly threshold: number;
  readonly members: number;
  readonly sellUntilMs: number;
  /** Whether every member has signed what the group says of itself. */
  readonly stands: boolean;
  /** Whether the bank tells its customers to believe it. */
  readonly endorsed: boolean;
}

/** Why nothing is said of a certificate where the wallet could not buy anyway. */
export const ANOTHER_BANK = "another-bank";

export type Seal =
  /** `reason`: why the certificate is not what the page shows. */
  | { readonly holds: false; readonly reason: string }
  | {
      readonly holds: true;
      readonly certifier: string;
      /** Nobody but the shop has seen the goods. */
      readonly ownWord: boolean;
      /** Who can open the goods where the shop falls silent; null for nobody. */
      readonly trustees: { readonly threshold: number; readonly members: number } | null;
      readonly version: number;
      readonly contentBytes: number;
      readonly contentHash: string;
      readonly fileBytes: number;
      readonly pieceBytes: number;
      readonly pieces: number;
      readonly root: string;
      readonly keyCommitment: string;
      readonly certHash: string;
    };

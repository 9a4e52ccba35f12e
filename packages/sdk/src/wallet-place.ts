/**
 * Where a wallet keeps what it must not lose. A folder of a computer is one (wallet-folder.ts), a browser's encrypted database
 * another: the wallet itself is the same in both.
 */
import type { Hex, Result } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import type { Progress } from "@counterfoil/host/portable";
import type { Store } from "@counterfoil/protocols";
import type { Certificate } from "@counterfoil/protocols/contract";
import type { Endorsed } from "./endorsed.ts";
import type { GoodsSource } from "./goods-source.ts";

export interface WalletPlace {
  /** Of 16 or 32 bytes. */
  readonly seed: Uint8Array;
  /** Whom its owner trusts about goods; null where that is left to the bank. */
  readonly trust: Endorsed | null;
  /** Opened for `walletShapes`; the wallet closes it. */
  readonly store: Store;
  readonly goods: GoodsRoom;
  /** Set when the place was made from a phrase or a backup, until all coins of the phrase have been looked for. */
  isRestoring(): boolean;
  endRestoring(): Promise<void>;
}

/**
 * The encrypted goods of a wallet, by the hash that their certificate names, and the places that opened ones go to. What is
 * wrong with the room itself (full, not writable) is thrown as an error with a text `code`.
 */
export interface GoodsRoom {
  /**
   * Has the whole encrypted file here when it resolves, every piece checked; pieces that were here before are kept.
   * @throws what `source.download` throws, `DownloadRefused`, or Refusal where the list of pieces is not the certified one.
   */
  fetch(source: GoodsSource, certificate: Certificate, fileHash: Hex, onFetch?: Progress): Promise<void>;
  /** Whether the file that the certificate names is here, whole. */
  isHere(certificate: Certificate, fileHash: Hex): Promise<boolean>;
  /** Opens the goods into their place. @returns "not-here" where the encrypted file is gone, else what openFile says. */
  open(crypto: Crypto, certificate: Certificate, opening: Opening): Promise<Result<null>>;
  /** The other hosts that the shop named for these goods. */
  mirrors(fileHash: Hex): readonly string[];
  rememberMirrors(fileHash: Hex, urls: readonly string[]): void;
  /** The place that a name means, as a row keeps it. */
  placeOf(name: string): string;
  /** That opened goods can be put there is tried before they are paid for. @throws Refusal */
  prepare(name: string): Promise<void>;
}

export interface Opening {
  readonly fileHash: Hex;
  /** P, which the merchant or the trustees released. */
  readonly secret: Hex;
  /** As `placeOf` gives it. */
  readonly place: string;
  readonly onOpen?: Progress | undefined;
}

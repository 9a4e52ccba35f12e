/**
 * Looks at a market and checks what can be checked before anything is bought: who signed what, and that a certificate is for
 * the item that it is shown with. It runs in the wallet's worker, where cryptography keeps no page waiting. The wallet checks
 * all of it again, and more, when it buys.
 */
import type { Hex } from "@counterfoil/base";
import { type Crypto, hashFile, open } from "@counterfoil/crypto";
import { certifierDescriptorSchema } from "@counterfoil/protocols/certifying";
import { checkCertificate } from "@counterfoil/protocols/exchange";
import { groupIdOf, standingGroup } from "@counterfoil/protocols/trustees";
import { type Endorsed, trustedAt, type Visit, visit, type WalletPorts } from "@counterfoil/sdk/portable";
import { answered } from "../wallet/trouble.ts";
import {
  ANOTHER_BANK,
  type Looker,
  SEALS_LIMIT,
  type Seal,
  type Sealed,
  type Traders,
  type TradingGroup,
} from "./seals.ts";

/** Whose eyes it is looked with: a wallet's bank, and whom its owner trusts. */
export interface LookingWallet {
  readonly bank: Hex;
  readonly trust: Endorsed | null;
}

/**
 * @param walletNow the wallet that is open; null while there is none, and then the market's own bank says whom to believe.
 * @param onBug is told of a fault of this program.
 */
export function lookerAt(
  ports: Pick<WalletPorts, "crypto" | "transport">,
  url: string,
  walletNow: () => LookingWallet | null,
  onBug: (bug: unknown) => void,
): Looker {
  async function looked<T>(look: (market: Visit) => T): Promise<T> {
    // Another bank than the wallet's is shown as that, rather than not at all.
    const market = await visit(ports, url, null);
    try {
      return look(market);
    } finally {
      market.close();
    }
  }
  return {
    traders: () => answered(() => looked((market) => tradersAt(ports.crypto, market, walletNow())), onBug),
    seals: (items) =>
      answered(
        () =>
          looked((market) =>
            items.slice(0, SEALS_LIMIT).map((item) => sealOf(ports.crypto, market, item, walletNow())),
          ),
        onBug,
      ),
  };
}

function tradersAt(crypto: Crypto, market: Visit, wallet: LookingWallet | null): Traders {
  const { shop, groups, logs } = market;
  const { terms } = market.bank;
  return {
    bank: { key: terms.bank, unit: terms.unit, sandbox: terms.sandbox, ofWallet: isOfWallet(market, wallet) },
    shop: shop && { key: shop.merchant, name: shop.name, ofThisBank: shop.bank === terms.bank },
    certifier: certifierAt(crypto, market),
    groups: groups.map(({ group, signed }): TradingGroup => {
      const id = groupIdOf(crypto, group);
      const { threshold, trustees, sellUntilMs } = group;
      const stands = standingGroup(crypto, signed) !== null;
      return { id, threshold, members: trustees.length, sellUntilMs, stands, endorsed: terms.groups.includes(id) };
    }),
    logs: logs.map(({ id, url, descriptor }) => {
      return { origin: descriptor.origin, url, endorsed: terms.logs.includes(id) };
    }),
  };
}

function isOfWallet({ bank }: Visit, wallet: LookingWallet | null): boolean {
  return wallet === null || wallet.bank === bank.terms.bank;
}

function certifierAt(crypto: Crypto, { bank, certifier }: Visit): Traders["certifier"] {
  if (certifier === null) return null;
  const opened = open(crypto, certifierDescriptorSchema, certifier.descriptor, (it) => it.certifier);
  if (!opened.ok) return null;
  const { certifier: key, name, policy } = opened.value.value;
  return { key, name, policy, endorsed: bank.terms.certifiers.includes(key) };
}

function sealOf(crypto: Crypto, market: Visit, item: Sealed, wallet: LookingWallet | null): Seal {
  if (!isOfWallet(market, wallet)) return { holds: false, reason: ANOTHER_BANK };
  if (market.shop === null) return { holds: false, reason: "no-shop" };
  const { merchant } = market.shop;
  const trusted = trustedAt(crypto, wallet?.trust ?? null, market);
  const checked = checkCertificate(crypto, item.certificate, { ...item, merchant }, trusted);
  if (!checked.ok) return { holds: false, reason: checked.reason };
  const { certificate, certHash, group } = checked.value;
  if (certificate.pid !== item.pid || hashFile(crypto, certificate) !== item.fileHash) {
    return { holds: false, reason: "wrong-certificate" };
  }
  const { certifier, version, contentBytes, contentHash, fileBytes, pieceBytes, root, keyCommitment } = certificate;
  return {
    holds: true,
    certifier,
    ownWord: certifier === merchant,
    trustees: group && { threshold: group.threshold, members: group.trustees.length },
    version,
    contentBytes,
    contentHash,
    fileBytes,
    pieceBytes,
    pieces: Math.ceil(fileBytes / pieceBytes),
    root,
    keyCommitment,
    certHash,
  };
}

/**
 * Looks at a market and checks what can be checked before anything is bought: who signed what, and that a certificate is for
 * the item that it is shown with. It runs in the wallet's worker, where cryptography keeps no page waiting. The wallet checks
 * all of it again, and more, when it buys.
 */
import { type Crypto, hashFile, open } from "@counterfoil/crypto";
import { certifierDescriptorSchema } from "@counterfoil/protocols/certifying";
import { checkCertificate } from "@counterfoil/protocols/exchange";
import { groupIdOf, standingGroup } from "@counterfoil/protocols/trustees";
import { trustedAt, type Visit, visit, type WalletPorts } from "@counterfoil/sdk/portable";
import { answered } from "../wallet/trouble.ts";
import { type Looker, SEALS_LIMIT, type Seal, type Sealed, type Traders, type TradingGroup } from "./seals.ts";

/** @param onBug is told of a fault of this program. */
export function lookerAt(
  ports: Pick<WalletPorts, "crypto" | "transport">,
  url: string,
  onBug: (bug: unknown) => void,
): Looker {
  async function looked<T>(look: (market: Visit) => T): Promise<T> {
    const market = await visit(ports, url, null);
    try {
      return look(market);
    } finally {
      market.close();
    }
  }
  return {
    traders: () => answered(() => looked((market) => tradersAt(ports.crypto, market)), onBug),
    seals: (items) =>
      answered(
        () => looked((market) => items.slice(0, SEALS_LIMIT).map((item) => sealOf(ports.crypto, market, item))),
        onBug,
      ),
  };
}

function tradersAt(crypto: Crypto, market: Visit): Traders {
  const { shop, groups, logs } = market;
  const { terms } = market.bank;
  return {
    bank: { key: terms.bank, unit: terms.unit, sandbox: terms.sandbox },
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

function certifierAt(crypto: Crypto, { bank, certifier }: Visit): Traders["certifier"] {
  if (certifier === null) return null;
  const opened = open(crypto, certifierDescriptorSchema, certifier.descriptor, (it) => it.certifier);
  if (!opened.ok) return null;
  const { certifier: key, name, policy } = opened.value.value;
  return { key, name, policy, endorsed: bank.terms.certifiers.includes(key) };
}

function sealOf(crypto: Crypto, market: Visit, item: Sealed): Seal {
  if (market.shop === null) return { holds: false, reason: "no-shop" };
  const { merchant } = market.shop;
  const checked = checkCertificate(crypto, item.certificate, { ...item, merchant }, trustedAt(crypto, null, market));
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

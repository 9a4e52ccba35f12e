/** A Cashu mint as a teller reaches it: its keys, and the three things that it is ever asked (NUT-03, NUT-07, NUT-09). */
import { Amount, hasValidDleq, type Keyset, Mint, type Proof, schnorrVerifyMessage, Wallet } from "@cashu/cashu-ts";
import { SECOND_MS } from "@counterfoil/base";
import type { Ecash, EcashOutput, EcashProof, Errand, ProofState, Word } from "@counterfoil/protocols/teller";
import { NO_MONEY_MOVED, Refusal } from "../refusal.ts";

export interface CashuMint {
  readonly url: string;
  readonly ecash: Ecash;
  /** Keysets come and go: asks the mint for those that it has by now. */
  refresh(): Promise<void>;
  /** Does an errand, once. Null where the mint did not say what has become of the tokens: nobody knows then. */
  run(errand: Errand): Promise<Word | null>;
}

/**
 * State checks, restoring, and the spending conditions with the proof that tokens are real. A mint that does not know a
 * condition lets anybody spend (NUT-10).
 */
const NEEDED = [7, 9, 10, 11, 12, 14] as const;
/** Whoever waits for a lock waits this long for the mint; its row asks again. */
const PATIENCE_MS = 10 * SECOND_MS;

/** @throws Refusal where the mint cannot lock what the layer needs locked, or does not answer. */
export async function openCashuMint(url: string, unit: string): Promise<CashuMint> {
  const mint = new Mint(url);
  const wallet = new Wallet(mint, { unit: unit.toLowerCase() });
  await loaded(wallet, url);
  return {
    url,
    ecash: ecashOf(wallet),
    refresh: () => wallet.loadMint(true),
    async run(errand) {
      try {
        return await within(errandAt(wallet, errand));
      } catch {
        return null; // a mint that fails says nothing about the tokens
      }
    },
  };
}

async function loaded(wallet: Wallet, url: string): Promise<void> {
  try {
    await within(wallet.loadMint());
  } catch {
    const detail = `${url} does not answer like a Cashu mint of this unit.`;
    throw new Refusal("not-a-mint", detail, NO_MONEY_MOVED, "Check the address and the unit.");
  }
  const info = wallet.getMintInfo();
  const missing = NEEDED.filter((nut) => !info.isSupported(nut).supported);
  if (missing.length === 0) return;
  const detail = `${url} lacks ${missing.map((nut) => `NUT-${nut}`).join(", ")}: tokens of it cannot be locked to a sale.`;
  throw new Refusal("mint-cannot-lock", detail, NO_MONEY_MOVED, "Use a mint that has them.");
}

function ecashOf(wallet: Wallet): Ecash {
  return {
    keyset(id) {
      const known = keysetIn(wallet, id);
      if (known === null) return null;
      return { unit: known.unit, feePpk: known.fee, finalExpiryMs: known.expiry ? known.expiry * SECOND_MS : null };
    },
    isSignedByMint(proof) {
      const known = keysetIn(wallet, proof.keyset);
      try {
        return known !== null && hasValidDleq(proofIn(proof), known, { require: true });
      } catch {
        return false; // not even points
      }
    },
    isSignedBy(key, message, signature) {
      try {
        return schnorrVerifyMessage(signature, message, key);
      } catch {
        return false;
      }
    },
  };
}

function keysetIn(wallet: Wallet, id: string): Keyset | null {
  if (!wallet.keyChain.isUnitKeyset(id)) return null;
  const keyset = wallet.keyChain.getKeyset(id);
  return keyset.hasKeys ? keyset : null;
}

async function errandAt(wallet: Wallet, errand: Errand): Promise<Word> {
  const { proofs, swap } = errand;
  if (swap !== null) {
    if (await isSwapped(wallet, proofs, swap)) return { kind: "swapped" };
  }
  const states = await statesOf(wallet, proofs);
  const unsaid = states.length > 0 && states.every(({ state, witness }) => state === "SPENT" && witness === null);
  const restored = unsaid && errand.kind === "settle" && swap !== null && (await isSigned(wallet, swap.swap.outputs));
  return { kind: "states", states, restored };
}

/** NUT-03. A no may mean that an earlier one came through, so it is no answer. */
async function isSwapped(
  wallet: Wallet,
  proofs: Errand["proofs"],
  { swap, preimage }: NonNullable<Errand["swap"]>,
): Promise<boolean> {
  // SIG_ALL: the first input's witness stands for all of them (NUT-11).
  const witness = JSON.stringify({ preimage, signatures: [swap.signature] });
  const inputs = proofs.map((proof, i) => {
    const { dleq: _, ...bare } = proofIn(proof);
    return i === 0 ? { ...bare, witness } : bare;
  });
  try {
    const { signatures } = await wallet.mint.swap({ inputs, outputs: swap.outputs.map(outputIn) });
    return signatures.length === swap.outputs.length;
  } catch {
    return false;
  }
}

/** NUT-07, in the order of the proofs. */
async function statesOf(wallet: Wallet, proofs: Errand["proofs"]): Promise<readonly ProofState[]> {
  const states = await wallet.checkProofsStates(proofs.map(({ secret, keyset }) => ({ secret, id: keyset })));
  return states.map(({ state, witness }) => ({ state, witness }));
}

/** NUT-09: whether the mint has signed all of these. */
async function isSigned(wallet: Wallet, outputs: readonly EcashOutput[]): Promise<boolean> {
  const { signatures } = await wallet.mint.restore({ outputs: outputs.map(outputIn) });
  return signatures.length === outputs.length;
}

export function proofIn({ amountMinor, keyset, secret, signed, dleq }: EcashProof): Proof {
  return { amount: Amount.from(amountMinor), id: keyset, secret, C: signed, dleq };
}

export function outputIn({ amountMinor, keyset, blinded }: EcashOutput) {
  return { amount: Amount.from(amountMinor), id: keyset, B_: blinded };
}

function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error("the mint was too slow")), PATIENCE_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

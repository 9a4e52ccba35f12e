/** S1: its eleven theorems, and what it makes of the third. */
import { failsIn, holdsIn, type Theorem } from "./theorem.ts";
import {
  crossValidation,
  euler,
  guessing,
  hiddenPremise,
  inverses,
  sharesAsPrinted,
  sharesOverField,
} from "./trials.ts";

const OPTIMISTIC = ["docs/protocols/optimistic.md", "packages/protocols/src/exchange"];
const COINS = ["docs/money.md", "packages/protocols/src/purse"];

const CALCULATED: readonly Theorem[] = [
  {
    id: "S1-1",
    source: "S1 §3, Theorem 1 and Corollary 1",
    says: "a^φ(N) is 1 modulo N for a without common factors with N; m^(xφ(N)+1) is m for every m, if N is a product of distinct primes",
    verdict: "holds",
    because: "Euler's theorem, and by the primes one at a time for an m that shares one",
    repairedIn: [],
    shown: [{ kind: "trial", name: "powers modulo random keys", isHeld: true, run: euler }],
  },
  {
    id: "S1-2",
    source: "S1 §3, Theorem 2",
    says: "a key and its inverse undo each other, in either order, for every message below the base",
    verdict: "holds",
    because: "ed is 1 modulo φ(N), and Corollary 1 does the rest",
    repairedIn: [],
    shown: [{ kind: "trial", name: "messages under random keys and back", isHeld: true, run: inverses }],
  },
  {
    id: "S1-3",
    source: "S1 §3, Theorem 3",
    says: "of two messages below both bases, [m, K1 × K2] is [m̂, K1] modulo N1 if and only if m is m̂, and so for K2 and N2",
    verdict: "holds",
    because: "a residue modulo N1·N2 leaves the residue modulo N1, and encryption is one to one",
    repairedIn: [],
    shown: [{ kind: "trial", name: "two messages under random compatible keys", isHeld: true, run: crossValidation }],
  },
  {
    id: "S1-3.1",
    source: "S1 §3.1, by Theorem 3",
    says: "T' that passes the comparison with T opens to what T is an encryption of",
    verdict: "repaired",
    because:
      "Theorem 3 speaks of encryptions of one number below both bases; the customer cannot see whether T' is one, and T' put " +
      "together by Chinese remainders passes modulo N and opens to anything modulo N1 (P§2B R1)",
    repairedIn: OPTIMISTIC,
    shown: [
      { kind: "trial", name: "T' put together under random compatible keys", isHeld: false, run: hiddenPremise },
      failsIn("ray-basic", "validated", "lying-merchant"),
      { kind: "attack", attack: "crt" },
      holdsIn("optimistic-account", "validated"),
    ],
  },
];

const GUESSED: Theorem = {
  id: "S1-3.2",
  source: "S1 §3.2",
  says: "with a random r in every sale, goods stay secret even from a customer who has guessed e",
  verdict: "repaired",
  because:
    "r hides what a sale sends and not what the catalogue shows: whoever can list the goods finds T among their encryptions (P§2B R3)",
  repairedIn: ["packages/crypto/src/goods.ts"],
  shown: [
    { kind: "trial", name: "goods among twenty, found by T alone", isHeld: false, run: guessing },
    { kind: "attack", attack: "dictionary" },
  ],
};

const BASIC: readonly Theorem[] = [
  {
    id: "S1-4",
    source: "S1 §6, Theorem 4",
    says: "the optimistic protocol neither makes nor destroys money",
    verdict: "holds",
    because: "the account is debited when the bank is shown PT, each nonce once; what is never shown is never debited",
    repairedIn: [],
    shown: [
      holdsIn("ray-basic", "money", "honest"),
      holdsIn("ray-basic", "money", "lying-customer"),
      holdsIn("ray-basic", "money", "lying-merchant"),
    ],
  },
  {
    id: "S1-5",
    source: "S1 §6, Theorem 5",
    says: "the optimistic protocol is a fair exchange",
    verdict: "repaired",
    because:
      "the third party gives K_M⁻¹ or m to whoever has run to message 3, and banks no payment (R4); two merchants deliver for one " +
      "PT (R6); message 4 goes out before PAYMENT-SENT is written, so that a crash between them forgets a payment",
    repairedIn: OPTIMISTIC,
    shown: [
      failsIn("ray-basic", "goods", "lying-customer"),
      failsIn("ray-basic", "goods", "two-payees"),
      failsIn("ray-basic", "goods", "honest"),
      failsIn("ray-basic", "goods", "write-order"),
      holdsIn("optimistic-account", "goods"),
    ],
  },
  {
    id: "S1-6",
    source: "S1 §6, Theorem 6",
    says: "the optimistic protocol has validated receipt",
    verdict: "repaired",
    because:
      "its proof is Theorem 3, whose premise nobody checks (R1); and a customer who got other goods is not heard (§5)",
    repairedIn: OPTIMISTIC,
    shown: [
      failsIn("ray-basic", "validated", "lying-merchant"),
      { kind: "attack", attack: "crt" },
      holdsIn("optimistic-account", "validated"),
    ],
  },
  {
    id: "S1-7",
    source: "S1 §7.1, Theorem 7",
    says: "K_M⁻¹ shared by a polynomial over GF(N) is p-secure and p-available",
    verdict: "repaired",
    because:
      "it holds over a field at points that differ and are not zero. N is composite, so GF(N) is none: differences without " +
      "inverse, points dealt twice, a point at zero which is the key, and a point with a factor of N which tells the key modulo " +
      "that factor (R5). Whoever deals, and whoever puts together, has the key",
    repairedIn: ["packages/crypto/src/threshold.ts", "packages/protocols/src/trustees"],
    shown: [
      { kind: "trial", name: "every coalition over GF(7)", isHeld: true, run: sharesOverField },
      { kind: "trial", name: "every coalition of two modulo 15", isHeld: false, run: sharesAsPrinted },
    ],
  },
];

const ANONYMOUS: readonly Theorem[] = [
  {
    id: "S1-8",
    source: "S1 §9, Theorem 8",
    says: "the anonymous protocol neither makes nor destroys money",
    verdict: "repaired",
    because:
      "accounts and unspent coins always add up. But the account is debited before the coin is there, and a coin whose holder loses " +
      "it is gone: the proof disregards that as irrational, and a disk is neither rational nor not",
    repairedIn: COINS,
    shown: [
      holdsIn("ray-anonymous", "money", "lost-yes"),
      holdsIn("ray-anonymous", "money", "lying-customer"),
      failsIn("ray-anonymous", "money", "lost-storage"),
      holdsIn("optimistic-coins", "money"),
    ],
  },
  {
    id: "S1-9",
    source: "S1 §9, Theorem 9",
    says: "the anonymous protocol is a fair exchange",
    verdict: "repaired",
    because:
      "its proof is that of Theorem 5. A lost yes makes the same deposit meet no (R7); yes and Abort are signed by nobody (R8); " +
      "an unspent coin is taken for honesty, and a spent one decides nothing (R9); two third parties abort and resolve one sale (R12)",
    repairedIn: [...OPTIMISTIC, ...COINS],
    shown: [
      failsIn("ray-anonymous", "goods", "lost-yes"),
      failsIn("ray-anonymous", "goods", "forged-yes"),
      failsIn("ray-anonymous", "goods", "forged-abort"),
      failsIn("ray-anonymous", "goods", "lying-customer"),
      failsIn("ray-anonymous", "goods", "lying-merchant"),
      failsIn("ray-anonymous", "goods", "spent-coin"),
      failsIn("ray-anonymous", "goods", "two-third-parties"),
      { kind: "attack", attack: "lost-yes" },
      holdsIn("optimistic-coins", "goods"),
    ],
  },
  {
    id: "S1-10",
    source: "S1 §9, Theorem 10",
    says: "the anonymous protocol has validated receipt",
    verdict: "repaired",
    because: "its proof is that of Theorem 6, and fails with it (R1)",
    repairedIn: OPTIMISTIC,
    shown: [
      failsIn("ray-anonymous", "validated", "lying-merchant"),
      { kind: "attack", attack: "crt" },
      holdsIn("optimistic-coins", "validated"),
    ],
  },
  {
    id: "S1-11",
    source: "S1 §9.1, Theorem 11 and Table 2",
    says: "bank, merchant and third party together cannot tell whose the pseudonym is",
    verdict: "repaired",
    because:
      "they cannot while no coin that the merchant has opened is returned. Its return credits the account it came from, which tells " +
      "bank and merchant (R10); and the blinding factor, which Table 2 lets the third party have, tells bank and third party",
    repairedIn: COINS,
    shown: [
      holdsIn("ray-anonymous", "anonymous", "no-refund"),
      failsIn("ray-anonymous", "anonymous", "refund"),
      failsIn("ray-anonymous", "anonymous", "printed-evidence"),
      holdsIn("optimistic-coins", "anonymous"),
    ],
  },
];

export const RAY_THEOREMS: readonly Theorem[] = [...CALCULATED, GUESSED, ...BASIC, ...ANONYMOUS];

/** The tables of the papers, row by row, and what answers to each row here. What differs needs a reason. */
import { type Fact, holds, ties } from "./facts.ts";
import type { Bought } from "./stories.ts";
import { accountOf, itemSubject, type PaperNames, paperNames, valued } from "./subjects.ts";
import type { Item, World } from "./world.ts";

/** The paper's words. "Maybe" is what is known if the extended protocol runs, and else is not. */
export type Said = "Yes" | "No" | "Maybe";

/** A row of S1's Table 2. Its third party registers the goods and settles disputes; here a certifier does one, trustees the other. */
export interface S1Row {
  readonly says: string;
  readonly customer: Said;
  readonly thirdParty: Said;
  readonly bank: Said;
  readonly merchant: Said;
  readonly here: Fact;
  /** Given where a cell differs, and only there. */
  readonly why: string | null;
}

export async function s1Rows(world: World, { who, first }: Bought): Promise<readonly S1Row[]> {
  const names = await paperNames(world, who);
  return [...identityRows(world, names), ...keyRows(names, first.goodsSecret), ...linkRows(names, first)];
}

const SLIP = "the bank pays a slip, not a coin: slip and pay name Q, V and the tid, which is how a sale is paid once";
const CHECKED = "V is in the slip: the customer checks v against it, the bank pays it, a dispute shows it";
const PUBLIC = "kc stands in the certificate, which anyone may fetch: a P is checked against it";
const BOUGHT =
  "P is what is sold: with it the customer opens the very file that was certified. The paper's m is sent under K_M1";
const SEALED =
  "the offer body is sealed to W, and a dispute does not carry it: trustees answer about the certificate's own copy of P";
const RELEASED = "after a dispute the customer has P from the trustees' answers, and v stays with the shop";
const SPLIT = "one trustee opens nothing, and none ever sees the goods; the certifier has seen them";
const FUNDING = "a dispute shows the bank's leaf, which names the slip and no coin";
const UNASKED = "nobody but the wallet ever needs it; whoever had it could tie withdrawal and payment";
const CERTIFIED = "the certifier signs before anything is sold, and hears of no sale";

function identityRows({ shop, bank, house }: World, names: PaperNames): readonly S1Row[] {
  return [
    row("C", "YNYN", holds("account key", names.account), null),
    row("B", "YYYY", holds("bank's key", valued(bank.key)), CERTIFIED),
    row("M", "YYYY", holds("merchant's key", valued(shop.key)), null),
    row("TP", "YYYY", holds("the trustees' group, or its key", valued(house.groupId, house.group.key)), null),
    row("C'", "YMNY", holds("Q", names.buyer), `${SLIP}; ${CERTIFIED}`),
    row("C_pub", "YNYN", holds("account key", names.account), null),
    row("C_prv", "YNNN", holds("the account's secret key", names.accountSecret), null),
    row("C'_ipub", "YMNY", holds("Q", names.buyer), `${SLIP}; ${CERTIFIED}`),
    row("C'_iprv", "YNNN", holds("Q's secret key", names.buyerSecret), null),
  ];
}

function keyRows(names: PaperNames, goodsSecret: Bought["first"]["goodsSecret"]): readonly S1Row[] {
  return [
    row("K_M", "NYNY", holds("kc, the certificate's commitment to P", names.keyCommitment), PUBLIC),
    row("K_M⁻¹", "NYNY", holds("P, the goods' secret", goodsSecret), `${BOUGHT}; ${SPLIT}`),
    row("K_M1", "NNNY", holds("V, the slip's commitment to v", names.commitment), CHECKED),
    row("K_M1⁻¹", "YNNY", holds("v", names.opening), RELEASED),
    row("PO", "YMNY", holds("the signed order", names.order), CERTIFIED),
    row("C's account is AC_C", "YNYN", holds("the account's key, which is its number", names.account), null),
    row(
      "C's account is AC_C (printed twice; of C', it seems)",
      "YNNN",
      ties("account ↔ Q", names.account, names.buyer),
      null,
    ),
    row("n", "YMYY", holds("coinIds", names.coin), `${FUNDING}; ${CERTIFIED}`),
    row("r", "YMNN", holds("a blinding factor", names.factor), UNASKED),
    row("r''", "YMMY", holds("A' and D', P under V", names.sealed), SEALED),
    row("[m, K_M × K_M1]", "YMMY", holds("offer body: tid, V, A', D' and their proof", names.sealed), SEALED),
  ];
}

function linkRows({ account, buyer }: PaperNames, { whole, tid }: Bought["first"]): readonly S1Row[] {
  return [
    row("C and C' refer to the same entity", "YNNN", ties("account ↔ Q", account, buyer), null),
    row("C carries on transaction T_i", "YNNN", ties("account ↔ purchase", account, whole), null),
    row("C' carries on transaction T_i", "YMNY", ties("Q ↔ tid", buyer, tid), `${SLIP}; ${CERTIFIED}`),
    row("C_pub and C'_ipub belong to the same entity", "YNNN", ties("account key ↔ Q", account, buyer), null),
  ];
}

function row(says: string, cells: string, here: Fact, why: string | null): S1Row {
  const said = [...cells].map((cell) => ({ Y: "Yes", N: "No", M: "Maybe" })[cell] as Said);
  const [customer, thirdParty, bank, merchant] = said as [Said, Said, Said, Said];
  return { says, customer, thirdParty, bank, merchant, here, why };
}

/** S2's Table 2: Full or None for each party and each thing. */
export interface S2Column {
  readonly says: string;
  readonly here: Fact;
}

export async function s2Columns(world: World, { who, first }: Bought, item: Item): Promise<readonly S2Column[]> {
  return [
    { says: "Merchant", here: ties("merchant", first.whole, valued(world.shop.key)) },
    { says: "Customer", here: ties("account", first.whole, accountOf(who)) },
    { says: "Date", here: ties("time", first.whole, first.whole) },
    { says: "Amount", here: ties("price", first.whole, { numbers: [item.priceMinor] }) },
    { says: "Item", here: ties("item", first.whole, await itemSubject(world, item)) },
  ];
}

/** In the order of the columns above. */
export const S2_PARTIES = [
  { says: "Merchant", coalition: "merchant", cells: ["Full", "None", "Full", "Full", "Full"] },
  { says: "Customer", coalition: "customer", cells: ["Full", "Full", "Full", "Full", "Full"] },
  { says: "Transaction Log", coalition: "log", cells: ["Full", "None", "Full", "None", "None"] },
  { says: "Bank", coalition: "bank", cells: ["Full", "None", "Full", "Full", "None"] },
  { says: "Electronic Observer", coalition: "listener, TLS", cells: ["Full", "None", "Full", "None", "None"] },
  { says: "the same, without TLS", coalition: "listener", cells: ["Full", "None", "Full", "None", "None"] },
] as const;

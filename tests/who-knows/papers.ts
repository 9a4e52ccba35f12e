/** The tables of the papers, row by row, and what answers to each row here. What differs needs a reason. */
import { type Fact, holds, ties } from "./facts.ts";
import type { Bought } from "./stories.ts";
import { accountOf, itemSubject, type PaperNames, paperNames, valued } from "./subjects.ts";
import type { World } from "./world.ts";

export type Said = "Yes" | "No" | "Maybe";

/** A row of S1's Table 2, without its third party: there are no trustees yet. */
export interface S1Row {
  readonly says: string;
  readonly customer: Said;
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
const CHECKED = "V is in slip and offer, and the customer as well as the bank checks v against it";
const PUBLIC = "kc stands in the certificate, which anyone may fetch: a P is checked against it";
const BOUGHT =
  "P is what is sold: with it the customer opens the very file that was certified. The paper's m is sent under K_M1";
const SEALED = "the offer body is sealed to W, and nothing shows it to a bank; there is no extended protocol yet";
const RELEASED = "the bank hands out v in the commit that pays, so that neither side can keep the other waiting";

function identityRows({ shop, bank }: World, names: PaperNames): readonly S1Row[] {
  return [
    row("C", "YYN", holds("account key", names.account), null),
    row("B", "YYY", holds("bank's key", valued(bank.key)), null),
    row("M", "YYY", holds("merchant's key", valued(shop.key)), null),
    row("C'", "YNY", holds("Q", names.buyer), SLIP),
    row("C_pub", "YYN", holds("account key", names.account), null),
    row("C_prv", "YNN", holds("the account's secret key", names.accountSecret), null),
    row("C'_ipub", "YNY", holds("Q", names.buyer), SLIP),
    row("C'_iprv", "YNN", holds("Q's secret key", names.buyerSecret), null),
  ];
}

function keyRows(names: PaperNames, goodsSecret: Bought["first"]["goodsSecret"]): readonly S1Row[] {
  return [
    row("K_M", "NNY", holds("kc, the certificate's commitment to P", names.keyCommitment), PUBLIC),
    row("K_M⁻¹", "NNY", holds("P, the goods' secret", goodsSecret), BOUGHT),
    row("K_M1", "NNY", holds("V, the slip's commitment to v", names.commitment), CHECKED),
    row("K_M1⁻¹", "YNY", holds("v", names.opening), RELEASED),
    row("PO", "YNY", holds("the signed order", names.order), null),
    row("C's account is AC_C", "YYN", holds("the account's key, which is its number", names.account), null),
    row(
      "C's account is AC_C (printed twice; of C', it seems)",
      "YNN",
      ties("account ↔ Q", names.account, names.buyer),
      null,
    ),
    row("n", "YYY", holds("coinIds", names.coin), null),
    row("r", "YNN", holds("a blinding factor", names.factor), null),
    row("r''", "YMY", holds("A' and D', P under V", names.sealed), SEALED),
    row("[m, K_M × K_M1]", "YMY", holds("offer body: tid, V, A', D' and their proof", names.sealed), SEALED),
  ];
}

function linkRows({ account, buyer }: PaperNames, { whole, tid }: Bought["first"]): readonly S1Row[] {
  return [
    row("C and C' refer to the same entity", "YNN", ties("account ↔ Q", account, buyer), null),
    row("C carries on transaction T_i", "YNN", ties("account ↔ purchase", account, whole), null),
    row("C' carries on transaction T_i", "YNY", ties("Q ↔ tid", buyer, tid), SLIP),
    row("C_pub and C'_ipub belong to the same entity", "YNN", ties("account key ↔ Q", account, buyer), null),
  ];
}

function row(says: string, cells: string, here: Fact, why: string | null): S1Row {
  const [customer, bank, merchant] = [...cells].map((cell) => ({ Y: "Yes", N: "No", M: "Maybe" })[cell] as Said);
  return { says, customer: customer as Said, bank: bank as Said, merchant: merchant as Said, here, why };
}

/** S2's Table 2: Full or None for each party and each thing. */
export interface S2Column {
  readonly says: string;
  readonly here: Fact;
}

export async function s2Columns(world: World, { who, first }: Bought): Promise<readonly S2Column[]> {
  const [item] = world.items;
  return [
    { says: "Merchant", here: ties("merchant", first.whole, valued(world.shop.key)) },
    { says: "Customer", here: ties("account", first.whole, accountOf(who)) },
    { says: "Date", here: ties("time", first.whole, first.whole) },
    { says: "Amount", here: ties("price", first.whole, { numbers: [item.priceMinor] }) },
    { says: "Item", here: ties("item", first.whole, await itemSubject(world, item)) },
  ];
}

/** In the order of the columns above. The transaction log is not there yet. */
export const S2_PARTIES = [
  { says: "Merchant", coalition: "merchant", cells: ["Full", "None", "Full", "Full", "Full"] },
  { says: "Customer", coalition: "customer", cells: ["Full", "Full", "Full", "Full", "Full"] },
  { says: "Transaction Log", coalition: null, cells: ["Full", "None", "Full", "None", "None"] },
  { says: "Bank", coalition: "bank", cells: ["Full", "None", "Full", "Full", "None"] },
  { says: "Electronic Observer", coalition: "listener, TLS", cells: ["Full", "None", "Full", "None", "None"] },
  { says: "the same, without TLS", coalition: "listener", cells: ["Full", "None", "Full", "None", "None"] },
] as const;

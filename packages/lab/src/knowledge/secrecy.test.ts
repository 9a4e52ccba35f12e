/** Who knows what, in every world that a small sale can come to; and what each party would know if something leaked. */
import { raw } from "@counterfoil/crypto";
import { goodsPointOf } from "@counterfoil/protocols/contract";
import { describe, expect, test } from "vitest";
import { explore, type Play } from "../explore/index.ts";
import { symbolicCrypto } from "../terms/index.ts";
import { buyerIn } from "./buyer.ts";
import { close, type Document, NOTHING_PUBLISHED, type Subject } from "./index.ts";
import { BANK, CUSTOMER, offerBodyOf, type Plant, type SmallSale, smallSale } from "./sale.fixture.ts";
import { type Member, townOf } from "./town.ts";

const MODES = ["netbill", "optimistic"] as const;

/** Names of its own for each sale, so that no coin of one is taken for another's. */
let sales = 0;

/** @returns what somebody knows that should not, in the first such world; null where there is none. */
function leaked(mode: (typeof MODES)[number], plant: Plant = {}) {
  sales += 1;
  const { crypto } = symbolicCrypto(sales);
  const sale = smallSale(crypto, mode, plant);
  const { contract, parties, before } = sale;
  const documents = new Map<number, Document>();
  const said = (message: number): Document => {
    const known = documents.get(message) ?? { name: `${message}`, parts: [sale.at(message).bytes], channel: null };
    documents.set(message, known);
    return known;
  };
  const offered = before.map((bytes, i): Document => ({ name: `before ${i}`, parts: [bytes], channel: null }));
  const own = (...values: readonly Uint8Array[]): Document => ({ name: "own", parts: values, channel: null });
  const { keys } = contract;
  const customers = own(keys.buyer.secretKey, keys.replies.secretKey, keys.disputes.secret);
  const banks = own(parties.bankConfig.key.secretKey, parties.bankConfig.box.secretKey);
  const trustees = own(...sale.ofTrustees);
  const known = new Map<string, boolean>();
  const asks = (who: string, heard: readonly number[], more: readonly Document[], subject: Subject, name: string) => {
    const key = `${who} ${name} ${heard.join(" ")}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const boxes = who === "customer" ? [keys.replies] : [parties.bankConfig.box];
    const holding = { documents: [...heard.map(said), ...more], boxes };
    const answer = close(crypto, holding, NOTHING_PUBLISHED).holds(subject);
    known.set(key, answer);
    return answer;
  };
  const goods = { values: [sale.secret] };
  const sealed = { values: [raw(contract.sealed.head), raw(contract.sealed.body)] };
  const certHash = { values: [raw(contract.order.certHash)] };
  const faultIn = (world: Parameters<Play["fault"]>[0]): string | null => {
    const all = Array.from({ length: sale.messages() }, (_, at) => at).filter((at) => world.isSaid(at));
    const at = (party: number) => all.filter((each) => [sale.at(each).to, sale.at(each).from].includes(party));
    if (asks("bank", at(BANK), [banks], goods, "P")) return "anonymous: the bank has P";
    // Whoever listens on every line, with the bank and one trustee where it takes two, and all that they keep secret.
    const outsiders = [...offered, banks, trustees];
    if (asks("outsiders", all, outsiders, goods, "P")) return "anonymous: the bank and a listener have P";
    if (asks("bank", at(BANK), [banks], sealed, "A' or D'")) return "anonymous: the bank has A' or D'";
    if (asks("bank", at(BANK), [banks], certHash, "certHash")) return "anonymous: the bank has certHash";
    if (sale.isPaid(world.state(BANK))) return null;
    const buyers = at(CUSTOMER);
    return asks("customer", buyers, [...offered, customers], goods, "P") ? "goods: the customer has P, unpaid" : null;
  };
  const { worlds, found, isCut } = explore({ ...sale.play, fault: faultIn });
  return { worlds, isCut, asked: known.size, fault: found[0]?.fault ?? null, sale };
}

describe("in every world of a sale", () => {
  test.each(MODES)("%s: P, A', D' and certHash are with none but those who may have them", (mode) => {
    const { worlds, isCut, asked, fault, sale } = leaked(mode);
    console.log(`${mode}: ${worlds} worlds, ${asked} closures`);
    expect({ isCut, fault }).toEqual({ isCut: false, fault: null });
    expect(hasGoodsOncePaid(sale)).toBe(true);
  });

  /** The claim is not kept by a closure that opens nothing: the paid customer has the goods. */
  function hasGoodsOncePaid({ parties, contract, before, secret }: SmallSale): boolean {
    const opening: Document = { name: "v", parts: [raw(contract.opening), ...before], channel: null };
    const holding = { documents: [opening], boxes: [contract.keys.replies] };
    return close(parties.crypto, holding, NOTHING_PUBLISHED).holds({ values: [secret] });
  }

  const planted: readonly (readonly [string, (typeof MODES)[number], Plant, string])[] = [
    ["A' and D' beside the SETTLE", "optimistic", { tellsBank: offerBodyOf }, "anonymous: the bank has A' or D'"],
    ["A' and D' beside a SETTLE with v", "netbill", { tellsBank: offerBodyOf }, "anonymous: the bank has P"],
    ["as many trustees as it takes", "optimistic", { trustees: 2 }, "anonymous: the bank and a listener have P"],
    [
      "certHash in the slip",
      "optimistic",
      { slip: ({ order }) => ({ offerHash: order.certHash }) },
      "anonymous: the bank has certHash",
    ],
    [
      "v before it is paid",
      "netbill",
      { tellsCustomer: ({ opening }) => Uint8Array.of(0x58, 32, ...raw(opening)) },
      "goods: the customer has P, unpaid",
    ],
  ];
  test.each(planted)("a leak is found: %s", (_, mode, plant, fault) => {
    expect(leaked(mode, plant).fault).toBe(fault);
  });
});

/** The exchanges that the small sale has no log for, and a dispute before trustees. */
describe("after a whole sale, with log and trustees", () => {
  const plays = [
    ["logged", "coins", undefined],
    ["logged", "account", undefined],
    ["optimistic", "coins", "disputed"],
  ] as const;
  test.each(plays)(
    "%s by %s %s: bank and log have v at most, and neither the goods nor what they are",
    (mode, pays, how) => {
      const symbolic = symbolicCrypto(400 + mode.length + pays.length);
      const town = townOf(symbolic, mode);
      const buyer = buyerIn(town, pays, null);
      if (pays === "coins") buyer.withdraws([2n]);
      buyer.buys(0, how);
      const knownTo = (...members: readonly Member[]) => {
        const heard = town.overheard.filter(({ by }) => by.some((member) => members.includes(member)));
        const parts = [...town.published, ...members.flatMap((member) => town.secrets[member])];
        const documents = heard.map(({ said, answer }, i) => ({ name: `${i}`, parts: [said, answer], channel: null }));
        const boxes = members.includes("bank") ? [town.all.bankConfig.box] : [];
        const holding = { documents: [...documents, { name: "own", parts, channel: null }], boxes };
        return close(symbolic.crypto, holding, NOTHING_PUBLISHED);
      };
      const item = town.all.shop.view.get("item", town.pids[0]);
      const { point } = goodsPointOf(symbolic.crypto, town.all.shopConfig.seed, item?.registration as string);
      const goods = { values: [point] };
      const orders = { texts: ["po/1"] };
      const withoutShop = knownTo("bank", "log");
      expect([withoutShop.holds(goods), withoutShop.holds(orders)]).toEqual([false, false]);
      // As many trustees as all of them open everything, as they must.
      expect(knownTo("trustees").holds(goods)).toBe(true);
    },
  );
});

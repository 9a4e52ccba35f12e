/** What the parties of one purchase have, and what each is out of if nothing more happens: for people, in one sentence each. */
import type { Delivering } from "./atomicity.ts";
import type { Deal } from "./explore/index.ts";

/** Who loses what if everything stops where it stands; nothing where each has what is its own. */
export function lossesIn({ label, money, hasGoods }: Deal): readonly string[] {
  const [customer, merchant] = [`the customer${label}`, "the merchant"];
  switch (money) {
    case "customer":
      return hasGoods ? [`${merchant} loses the goods: ${customer} has them, and has not paid`] : [];
    case "merchant":
      return hasGoods ? [] : [`${customer} loses the price: it is paid, and there are no goods for it`];
    case "locked":
      return hasGoods
        ? [`${merchant} waits for the price: ${customer} has the goods, and the money is locked at the bank`]
        : [`${customer} waits for its money: it is locked at the bank, and there are no goods for it`];
    case "nobody":
      return [`${customer} loses the price: it has left the customer, and has come to nobody`];
    case "both":
      return ["the bank loses the price: it has paid one sum to two"];
  }
}

export function holdingsIn({ money, hasGoods }: Deal): { readonly money: string; readonly goods: string } {
  return { money: MONEY[money], goods: hasGoods ? "the customer has them" : "the customer does not have them" };
}

const MONEY: Readonly<Record<Deal["money"], string>> = {
  customer: "the customer has it",
  locked: "locked at the bank for this sale, and neither's yet",
  merchant: "the merchant has it",
  nobody: "nobody has it",
  both: "it was paid twice",
};

/** Of a play that has the facts of goods atomicity: what is debited and not credited is with nobody. */
export function dealsBy<World>({
  isDebited,
  isCredited,
  hasGoods,
}: Pick<Delivering<World>, "isDebited" | "isCredited" | "hasGoods">): (world: World) => readonly Deal[] {
  return (world) => [
    {
      label: "",
      money: isCredited(world) ? "merchant" : isDebited(world) ? "nobody" : "customer",
      hasGoods: hasGoods(world),
    },
  ];
}

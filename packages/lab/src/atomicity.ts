/**
 * Atomicity as one predicate (S3 §7 asks for a general schema). An exchange is a set of effects, each of which serves somebody:
 * the merchant's credit, the customer's goods, the evidence of either. It is atomic where no effect has happened while another
 * that serves an honest party never will. Which effects there are is all that tells money atomicity from goods atomicity,
 * certified delivery, or the fair exchange of any two things.
 *
 * It is an invariant, asked of every world and not only at the end: that something never will happen is itself a fact about one
 * world. That what still may happen does so is timeliness, which the endings of a play ask.
 */

export interface Effect<World> {
  /** As a sentence about it begins: "the merchant is paid". */
  readonly name: string;
  /** Whom its absence harms. */
  readonly serves: string;
  readonly hasHappened: (world: World) => boolean;
  /** Whether it never will, whatever whom it serves does. */
  readonly isLost: (world: World) => boolean;
}

export interface Exchange<World> {
  readonly property: string;
  readonly effects: readonly Effect<World>[];
  /** Whose loss counts: what a liar loses by its own lie is nobody's fault. */
  readonly honest: ReadonlySet<string>;
}

/** @returns what is wrong with a world, or null: `property: what happened, and what never will`. */
export function atomic<World>({ property, effects, honest }: Exchange<World>): (world: World) => string | null {
  return (world) => {
    for (const lost of effects) {
      if (!honest.has(lost.serves) || lost.hasHappened(world) || !lost.isLost(world)) continue;
      const done = effects.find((each) => each !== lost && each.hasHappened(world));
      if (done !== undefined) return `${property}: ${done.name}, and never that ${lost.name}`;
    }
    return null;
  };
}

/** What a kind of atomicity needs to be told of a world. */
type Fact<World> = (world: World) => boolean;

export interface Paying<World> {
  /** Money has left the customer for good, and has come to the merchant for good. */
  readonly isDebited: Fact<World>;
  readonly isCredited: Fact<World>;
  /** Nothing that is under way can do the one or the other any more. */
  readonly isOver: Fact<World>;
}

/** S3 §2: funds move from one to the other with nothing made and nothing destroyed. */
export function moneyAtomic<World>(honest: ReadonlySet<string>, { isDebited, isCredited, isOver }: Paying<World>) {
  const left = { name: "the customer is debited", serves: "merchant", hasHappened: isDebited, isLost: isOver };
  const come = { name: "the merchant is credited", serves: "customer", hasHappened: isCredited, isLost: isOver };
  // Money that has gone nowhere harms whoever had it; money from nowhere harms whoever makes it good.
  const bank = [
    { ...left, serves: "bank" },
    { ...come, serves: "bank" },
  ];
  return atomic({ property: "money", effects: [left, come, ...bank], honest });
}

export interface Delivering<World> extends Paying<World> {
  readonly hasGoods: Fact<World>;
  /** The customer cannot come to them any more, whatever it does. */
  readonly areGoodsLost: Fact<World>;
}

/** S3 §2: the customer gets the goods if and only if the merchant is paid. */
export function goodsAtomic<World>(honest: ReadonlySet<string>, facts: Delivering<World>) {
  return atomic({ property: "goods", effects: deliveryOf(facts), honest });
}

function deliveryOf<World>({
  isCredited,
  isOver,
  hasGoods,
  areGoodsLost,
}: Delivering<World>): readonly Effect<World>[] {
  return [
    { name: "the merchant is paid", serves: "merchant", hasHappened: isCredited, isLost: isOver },
    { name: "the customer has the goods", serves: "customer", hasHappened: hasGoods, isLost: areGoodsLost },
  ];
}

export interface Certifying<World> extends Delivering<World> {
  /** What the customer can show proves exactly what was delivered, and by whom. */
  readonly canCustomerProve: Fact<World>;
  /** And what the merchant can show proves what the customer had ordered; null for one-sided delivery. */
  readonly canMerchantProve: Fact<World> | null;
}

/** S3 §2: goods atomicity, and the goods can be shown to be those that were agreed on. */
export function certifiedDelivery<World>(honest: ReadonlySet<string>, facts: Certifying<World>) {
  const { canCustomerProve, canMerchantProve, hasGoods, isCredited } = facts;
  // Evidence that is not there when the exchange is over will never be.
  const proof = (name: string, serves: string, hasHappened: Fact<World>, isLost: Fact<World>) => ({
    ...{ name, serves, hasHappened, isLost },
  });
  const effects = [
    ...deliveryOf(facts),
    proof("the customer can prove what it was given", "customer", canCustomerProve, hasGoods),
    ...(canMerchantProve === null
      ? []
      : [proof("the merchant can prove what it gave", "merchant", canMerchantProve, isCredited)]),
  ];
  return atomic({ property: "certified", effects, honest });
}

export interface Swapping<World> {
  readonly hasFirst: Fact<World>;
  readonly hasSecond: Fact<World>;
  readonly isFirstLost: Fact<World>;
  readonly isSecondLost: Fact<World>;
}

/** Fair exchange of any two items: each side gets the other's, or neither gets anything. */
export function fairExchange<World>(honest: ReadonlySet<string>, facts: Swapping<World>) {
  const { hasFirst, hasSecond, isFirstLost, isSecondLost } = facts;
  const effects = [
    { name: "the first has the second's item", serves: "first", hasHappened: hasFirst, isLost: isFirstLost },
    { name: "the second has the first's item", serves: "second", hasHappened: hasSecond, isLost: isSecondLost },
  ];
  return atomic({ property: "goods", effects, honest });
}

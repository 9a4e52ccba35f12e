/**
 * MicroMint and MilliCent in outline, for what money atomicity says of them (S2 introduction; S3 §2.4; S4 with its sidebar).
 *
 *     MicroMint  1  U → V  a coin: k strings of one hash       MilliCent  1  U → V  scrip of V's worth 2, a request at 1
 *                2  V → U  the goods                                      2  V → U  the goods, scrip worth 1 in change
 *                3  V → B  the coin, at the end of the day
 *                4  B → V  paid, or paid already to another
 *
 * U is the user, V the vendor, B the broker. A MicroMint coin has no owner, so that a second spending shows at the end of the
 * day. MilliCent's vendor made the scrip itself and keeps the numbers of what is spent, so it shows at once.
 */
import { moneyAtomic } from "../atomicity.ts";
import { type Play, playOf, type Scene } from "../explore/index.ts";
import { type Question, type Study, searched } from "../study.ts";
import { type Line, nameOf } from "./ties.ts";

type VendorName = "vendor" | "other vendor";
const coinTo = (to: VendorName): Line => ({ to, name: to === "vendor" ? "1: the coin" : "1: the coin, again" });
const GOODS: Line = { to: "user", name: "2: the goods" };
const redeemed = (by: VendorName): Line => ({ to: "broker", name: `3: the coin, from the ${by}` });
const paid = (to: VendorName): Line => ({ to, name: `4: the ${to} is paid` });
const late = (to: VendorName): Line => ({ to, name: `4: paid already, and not to the ${to}` });

type Vendor = "idle" | "holds the coin" | "redeems it" | "paid" | "unpaid";
type Minted = {
  readonly user: "has the coin" | "waits" | "has the goods" | "is silent" | "spends again";
  readonly vendor: Vendor;
  readonly "other vendor": Vendor;
  readonly broker: readonly VendorName[];
};
type MintWorld = Scene<Minted, Line>;

export interface Coins {
  readonly asks: "lost" | "double spending" | "conservation";
  /** Planted: a broker that pays whoever shows the coin. */
  readonly isForgetful?: boolean;
}

export function micromintPlay({ asks, isForgetful = false }: Coins): Play {
  return playOf<Minted, Line>({
    name: "MicroMint",
    clocks: { "the wait": 2 },
    nameOf,
    roles: {
      user: {
        start: "has the coin",
        hears: (state, { name }, instant) =>
          name === GOODS.name && state === "waits" && instant === 0 ? { next: "has the goods" } : null,
        moves(state, instant) {
          if (state === "has the coin" && instant === 0)
            return [{ what: "spends the coin", next: "waits", says: [coinTo("vendor")] }];
          if (state === "has the goods" && asks !== "lost")
            return [{ what: "spends the coin again", next: "spends again", says: [coinTo("other vendor")] }];
          return state === "waits" && instant === 1 ? [{ what: "keeps silent", next: "is silent" }] : [];
        },
      },
      vendor: vendorOf("vendor"),
      "other vendor": vendorOf("other vendor"),
      broker: {
        start: [],
        hears(paidTo, { name }) {
          const by: VendorName = name === redeemed("vendor").name ? "vendor" : "other vendor";
          if (paidTo.includes(by)) return { next: paidTo, says: [paid(by)] };
          if (paidTo.length > 0 && !isForgetful) return { next: paidTo, says: [late(by)] };
          return { next: [...paidTo, by].sort(), says: [paid(by)] };
        },
      },
    },
    fault: MINT_FAULTS[asks],
  });
}

function vendorOf(me: VendorName) {
  return {
    start: "idle" as const,
    hears(state: Vendor, { name }: Line, instant: number) {
      if (name === coinTo(me).name && state === "idle" && (instant === 0 || me === "other vendor"))
        return { next: "holds the coin", says: [GOODS] } as const;
      if (name === paid(me).name && state === "redeems it") return { next: "paid" } as const;
      return name === late(me).name && state === "redeems it" ? ({ next: "unpaid" } as const) : null;
    },
    moves: (state: Vendor) =>
      state === "holds the coin"
        ? [{ what: "redeems the day's coins", next: "redeems it", says: [redeemed(me)] } as const]
        : [],
    owes: (state: Vendor) => (state === "redeems it" ? [redeemed(me)] : []),
  };
}

const MINT_FAULTS: Readonly<Record<Coins["asks"], (scene: MintWorld) => string | null>> = {
  lost: moneyAtomic<MintWorld>(new Set(["customer", "merchant"]), {
    isDebited: (scene) => scene.of("user") === "is silent",
    isCredited: (scene) => scene.of("broker").length > 0,
    isOver: (scene) => scene.of("vendor") === "idle" && scene.instant("the wait") === 1,
  }),
  "double spending": (scene) =>
    scene.of("vendor") === "unpaid" || scene.of("other vendor") === "unpaid"
      ? "money: two vendors took one coin, and one of them is not paid"
      : null,
  conservation: (scene) => (scene.of("broker").length > 1 ? "money: the broker paid one coin twice" : null),
};

const SCRIP: Line = { to: "vendor", name: "1: scrip worth 2, a request at 1" };
const OTHER: Line = { to: "vendor", name: "1: the same scrip, another request" };
const REPLY: Line = { to: "user", name: "2: the goods, scrip worth 1" };
const SPENT: Line = { to: "user", name: "2: that scrip is spent" };

type Scripped = {
  readonly user: { readonly holds: number; readonly phase: "ready" | "waits" | "has the goods" | "told it is spent" };
  readonly vendor: { readonly earned: number; readonly changed: number; readonly request: string };
};

export interface Scrip {
  /** What the vendor says to scrip that it has had: refused, or the same reply where it is the same request. */
  readonly repeats: "refuses" | "answers again";
  /** Planted: a vendor that does not look whether scrip is spent. */
  readonly isForgetful?: boolean;
}

export function millicentPlay({ repeats, isForgetful = false }: Scrip): Play {
  return playOf<Scripped, Line>({
    name: `MilliCent, with a vendor that ${repeats}`,
    nameOf,
    roles: {
      user: {
        start: { holds: 2, phase: "ready" },
        hears(state, { name }) {
          if (state.phase !== "waits") return null;
          return name === REPLY.name
            ? { next: { holds: 1, phase: "has the goods" } }
            : { next: { ...state, phase: "told it is spent" } };
        },
        moves: ({ holds, phase }) =>
          phase === "ready"
            ? [{ what: "spends scrip", next: { holds, phase: "waits" }, says: [SCRIP] }]
            : phase === "has the goods"
              ? [{ what: "spends the old scrip again", next: { holds, phase }, says: [OTHER] }]
              : [],
        owes: ({ phase }) => (phase === "waits" ? [SCRIP] : []),
      },
      vendor: {
        start: { earned: 0, changed: 0, request: "" },
        hears(books, { name }) {
          const again = repeats === "answers again" && books.request === name;
          if (books.request !== "" && !(isForgetful && !again)) return { next: books, says: [again ? REPLY : SPENT] };
          // At most what a forgetful vendor needs to be caught.
          if (books.earned > 2) return null;
          return { next: { earned: books.earned + 1, changed: books.changed + 1, request: name }, says: [REPLY] };
        },
      },
    },
    fault(scene) {
      const [{ holds, phase }, { earned, changed }] = [scene.of("user"), scene.of("vendor")];
      if (earned + changed > 2) return "money: scrip worth 2 has bought more";
      // She holds scrip that is worth nothing, and the change that it became is nobody's.
      return phase === "told it is spent" && holds === 2 && changed === 1
        ? "money: the reply is lost, and the change with it"
        : null;
    },
  });
}

const asked = (name: string, bound: string, trusted: string, play: () => Play): Question =>
  searched({ name, about: ["money"], bound, trusted, play });

export const MICROMINT: Study = {
  id: "micromint",
  title: "MicroMint (outline)",
  source: "S2, introduction",
  claimed: { money: "N" },
  questions: [
    asked("lost-coin", "one coin, any loss", "all", () => micromintPlay({ asks: "lost" })),
    asked("double-spending", "one coin, two vendors, a user who spends it twice", "broker, vendors", () =>
      micromintPlay({ asks: "double spending" }),
    ),
    asked("conservation", "one coin, two vendors, a user who spends it twice", "broker", () =>
      micromintPlay({ asks: "conservation" }),
    ),
  ],
  notes: {
    money: "the broker pays a coin once; a lost coin is nobody's, and a second vendor finds out at the end of the day",
  },
};

export const MILLICENT: Study = {
  id: "millicent",
  title: "MilliCent (outline)",
  source: "S4, sidebar",
  claimed: { money: "Y" },
  questions: [
    asked("scrip", "one piece of scrip, any loss, spent twice; repeats are answered again", "vendor", () =>
      millicentPlay({ repeats: "answers again" }),
    ),
    asked("lost-change", "one piece of scrip, any loss, spent twice; spent scrip is refused", "vendor", () =>
      millicentPlay({ repeats: "refuses" }),
    ),
  ],
  notes: {
    money: "holds where the vendor answers a repeat as it answered first; else the change is lost with the reply",
  },
};

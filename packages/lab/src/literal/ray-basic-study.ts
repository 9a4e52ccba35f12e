/** What is asked of S1's basic protocol. */
import { type Property, type Study, searched } from "../study.ts";
import { rayBasic } from "./ray-basic.ts";
import { C, M, type Variant } from "./ray-basic-words.ts";

const SALE = "one token, one third party, any message lost, any party crashing at any time";

function asked(name: string, about: readonly Property[], bound: string, trusted: string, variant: Variant) {
  return searched({ name, about, bound, trusted, play: () => rayBasic(variant) });
}

export const RAY_BASIC: Study = {
  id: "ray-basic",
  title: "Ray basic",
  source: "S1 §4, §5",
  claimed: { money: "Y", goods: "Y", validated: "Y", anonymous: "N" },
  questions: [
    asked("honest", ["money", "goods", "validated"], `one sale, ${SALE}`, "all", {}),
    asked("lying-customer", ["money", "goods"], `two merchants, ${SALE}`, "merchants, third party, bank", { liar: C }),
    asked(
      "two-payees",
      ["money", "goods"],
      `two merchants, ${SALE}; the third party banks the payment first`,
      "merchants, third party, bank",
      { liar: C, rescue: "banked" },
    ),
    asked("lying-merchant", ["money", "validated"], `one sale, ${SALE}`, "customer, third party, bank", { liar: M }),
    asked("write-order", ["goods"], `one sale, ${SALE}; message 4 goes out before PAYMENT-SENT is written`, "all", {
      sendsFirst: true,
      rescue: "banked",
    }),
    asked("who-bought", ["anonymous"], `one sale, ${SALE}`, "nobody", { asks: "anonymous" }),
  ],
  notes: {
    goods: "the third party gives K_M⁻¹, or m, without banking the payment (R4); PT pays whoever shows it first (R6)",
    validated: "T·R ≡ T' (mod N) says nothing about T' modulo N1, which alone is opened (R1)",
    anonymous: "the order and the token name the customer",
  },
};

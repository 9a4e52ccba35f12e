/** What the owner has written about a new item, and what of it cannot be sold. */
import type { NewItemJson, ShopCertifierJson } from "@counterfoil/sdk/portable";
import { AMOUNT_FAULT, COUNT_FAULT, readCount, readMoney } from "../../operator/words.ts";

export type How = "price" | "donation" | "certified" | "acknowledged" | "delivered" | "given";

export interface Written {
  readonly file: File | null;
  readonly title: string;
  readonly description: string;
  readonly how: How;
  readonly price: string;
  readonly floor: string;
  readonly stock: string;
  readonly certify: boolean;
  readonly agreed: boolean;
}

export const NOTHING: Written = {
  file: null,
  title: "",
  description: "",
  how: "price",
  price: "",
  floor: "",
  stock: "",
  certify: true,
  agreed: false,
};

export type Faults = { readonly [K in keyof Written]?: string };

/** All that is wrong with it at once; nothing where it can be sent. */
export function faultsOf(written: Written, certifier: ShopCertifierJson["certifier"]): Faults {
  const { file, title, how, price, floor, stock, certify, agreed } = written;
  const priced = readMoney(price);
  const gifts = readMoney(floor);
  const wrongPrice = how === "price" && (typeof priced !== "string" || priced === "0");
  const wrongFloor = gifts === undefined || (how === "donation" && (gifts === null || gifts === "0"));
  return {
    ...(file === null ? { file: "Choose a file." } : {}),
    ...(title.trim() === "" ? { title: "Give it a title." } : {}),
    ...(wrongPrice ? { price: priced === "0" ? "What is sold costs something." : AMOUNT_FAULT } : {}),
    ...(wrongFloor ? { floor: AMOUNT_FAULT } : {}),
    ...(readCount(stock) === undefined ? { stock: COUNT_FAULT } : {}),
    ...(certify && certifier !== null && !agreed ? { agreed: "Read what it says, and agree or choose nobody." } : {}),
  };
}

/** @param upload the name of its file there. */
export function itemOf(written: Written, upload: string, certifier: ShopCertifierJson["certifier"]): NewItemJson {
  const { file, title, description, how, price, floor, stock, certify } = written;
  if (file === null) throw new Error("an item without a file was sent");
  const sold = how === "price" || how === "donation";
  const counted = sold || how === "certified";
  return {
    upload,
    fileName: file.name.replace(/[/\\\p{Cc}]/gu, "_").slice(0, 255),
    contentBytes: file.size,
    title: title.trim(),
    description,
    priceMinor: how === "price" ? (readMoney(price) ?? "0") : "0",
    floorMinor: sold ? (readMoney(floor) ?? null) : null,
    stock: counted ? (readCount(stock) ?? null) : null,
    delivery: how === "price" || how === "donation" ? "sale" : how,
    certify: certify && certifier !== null ? { certifier: certifier.key, policy: certifier.policy } : null,
  };
}

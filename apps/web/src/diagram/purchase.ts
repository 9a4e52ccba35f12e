/** A purchase as its wallet saw it, as a diagram: who was spoken to, what was said under the papers' numbers, who is gone. */
import type { WatchedMessage } from "../wallet/desk.ts";
import type { Fate, Lane, Step } from "./sequence.ts";

export interface Drawn {
  readonly lanes: readonly Lane[];
  readonly steps: readonly Step[];
}

/** @param mode the exchange, whose numbers the messages have; null while it is not known. */
export function purchaseDiagram(messages: readonly WatchedMessage[], mode: string | null): Drawn {
  const numbers = NUMBERS.get(mode ?? "") ?? NO_NUMBERS;
  const goneFrom = silentFrom(messages);
  const goneAt = messages.findIndex(({ id }) => id === goneFrom);
  const steps = messages.flatMap((message, at) => {
    const isGone = goneAt >= 0 && at >= goneAt && message.to === "shop";
    const repeat = isRepeat(message, messages.slice(0, at));
    return stepsOf(message, repeat, isGone, numbers);
  });
  const others = laneIds(messages).map((id) => {
    const lane = { id, title: titleOf(id) };
    return id === "shop" && goneFrom !== null ? { ...lane, gone: goneFrom } : lane;
  });
  return { lanes: [CUSTOMER, ...others], steps };
}

const CUSTOMER: Lane = { id: "customer", title: "customer" };
const ORDER = ["shop", "bank", "log", "trustee", "other"];

/** In the papers' order; of logs and trustees each that was spoken to. The shop and the bank stand there from the beginning. */
function laneIds(messages: readonly WatchedMessage[]): readonly string[] {
  const spoken = new Set(["shop", "bank", ...messages.map(laneOf)]);
  const place = (id: string) => ORDER.indexOf(id.split(" ", 1)[0] as string);
  return [...spoken].sort((a, b) => place(a) - place(b) || a.localeCompare(b, "en", { numeric: true }));
}

function laneOf({ to, which }: WatchedMessage): string {
  return to === "log" || to === "trustee" ? `${to} ${which}`.trim() : to;
}

/** One log is "log"; a trustee's own name, such as "trustee 2", says its kind already. */
function titleOf(id: string): string {
  if (id.startsWith("log ")) return "log";
  return id.replace(/^trustee trustee /, "trustee ");
}

/** @param isGone whoever it is for has been silent since before, and will not answer it. */
function stepsOf(message: WatchedMessage, repeat: boolean, isGone: boolean, numbers: Numbers): readonly Step[] {
  const lane = laneOf(message);
  const { id, answer, name, bytes, fields, atMs } = message;
  const sent: Step = {
    kind: "message",
    id,
    from: "customer",
    to: lane,
    label: labelOf(name, numbers.asked),
    fate: fateOf(answer, repeat, isGone),
    fields: answer?.kind === "lost" ? [...fields, { name: "not answered", value: answer.code }] : fields,
    bytes,
    atMs,
  };
  if (answer?.kind !== "answered") return [sent];
  // The shop can say this only after the bank has spoken to it.
  const elsewhere: readonly Step[] =
    answer.name !== "settled" || numbers.elsewhere === null
      ? []
      : [{ kind: "event", id: `${id}.elsewhere`, at: "shop", label: numbers.elsewhere, tone: "plain" }];
  const heard: Step = {
    kind: "message",
    id: `${id}.answer`,
    from: lane,
    to: "customer",
    label: labelOf(answer.name, numbers.answered),
    fate: NOES.has(answer.name) ? "refused" : "delivered",
    fields: answer.fields,
    bytes: answer.bytes,
  };
  return [sent, ...elsewhere, heard];
}

function fateOf(answer: WatchedMessage["answer"], repeat: boolean, isGone: boolean): Fate {
  if (answer === null) return isGone ? "lost" : "under-way";
  if (answer.kind === "lost") return "lost";
  return repeat ? "repeated" : "delivered";
}

/** The same words to the same party again: whoever gets them answers as it answered before. */
function isRepeat(message: WatchedMessage, before: readonly WatchedMessage[]): boolean {
  const words = JSON.stringify(message.fields);
  return before.some(
    (other) =>
      other.name === message.name && laneOf(other) === laneOf(message) && JSON.stringify(other.fields) === words,
  );
}

/** From which step on the shop is silent: its first message of a row without an answer that ends in asking trustees. */
function silentFrom(messages: readonly WatchedMessage[]): string | null {
  const asked = messages.findIndex(({ to }) => to === "trustee");
  if (asked < 0) return null;
  const toShop = messages.filter(({ to }) => to === "shop");
  const lastHeard = toShop.findLastIndex(({ answer }) => answer?.kind === "answered" && answer.name !== "pending");
  return toShop.slice(lastHeard + 1).find(({ answer }) => answer?.kind !== "answered")?.id ?? null;
}

const NOES: ReadonlySet<string> = new Set(["declined", "refused"]);

interface Numbers {
  readonly asked: Readonly<Record<string, string>>;
  readonly answered: Readonly<Record<string, string>>;
  /** What shop, bank and log say among themselves, which the wallet does not see and the receipt proves. */
  readonly elsewhere: string | null;
}

const NO_NUMBERS: Numbers = { asked: {}, answered: {}, elsewhere: null };

const VALIDATED: Pick<Numbers, "asked" | "answered"> = {
  asked: { "price request": "2", "hold request": "3", order: "4", payment: "6" },
  answered: { quote: "2", held: "3", offer: "5" },
};

/** As docs/protocols has them: NetBill's eight, S1's nine, and those of the logged exchange. */
const NUMBERS: ReadonlyMap<string, Numbers> = new Map([
  [
    "netbill",
    {
      asked: { "price request": "1", order: "3", payment: "5" },
      answered: { quote: "2", offer: "4", settled: "8" },
      elsewhere: "6 SETTLE, 7 RECEIPT: shop and bank",
    },
  ],
  [
    "optimistic",
    {
      ...VALIDATED,
      answered: { ...VALIDATED.answered, settled: "9" },
      elsewhere: "7 SETTLE, 8 RECEIPT: shop and bank",
    },
  ],
  [
    "logged",
    {
      ...VALIDATED,
      answered: { ...VALIDATED.answered, settled: "15" },
      elsewhere: "7 to 14: shop, bank and log",
    },
  ],
]);

/** What the papers call them. */
const NAMES: Readonly<Record<string, string>> = { settled: "RECEIPT AND KEY", offer: "SLIP AND OFFER" };

function labelOf(name: string, numbers: Readonly<Record<string, string>>): string {
  const number = numbers[name];
  const word = NAMES[name] ?? name.toUpperCase();
  return number === undefined ? word : `${number} ${word}`;
}

/** The number of the purchase that a payment among them is for; null before one has left. */
export function tidIn(messages: readonly WatchedMessage[]): string | null {
  const payment = messages.find(({ name }) => name === "payment");
  const slip = payment?.fields.find(({ name }) => name === "slip");
  return slip?.inside?.find(({ name }) => name === "tid")?.value ?? null;
}

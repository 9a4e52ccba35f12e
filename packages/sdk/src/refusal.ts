/** How the SDK says no to whoever uses it. */

/** A problem that the user can mend, told in full: the cause, what happened to the money, what to do. */
export class Refusal extends Error {
  readonly reason: string;
  readonly money: string;
  readonly next: string;
  constructor(reason: string, detail: string, money: string, next: string) {
    super(detail);
    this.reason = reason;
    this.money = money;
    this.next = next;
  }
}

export const NO_MONEY_MOVED = "No money has moved.";
/** Of what is given for something else than money. */
export const NO_MONEY_INVOLVED = "No money is involved.";

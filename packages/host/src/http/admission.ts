/** Thrown by a role for bytes that are not a message to it: nothing was decided, and the peer is told why. */
export class NotAdmitted extends Error {
  override readonly name = "NotAdmitted";
  readonly reason: string;

  constructor(reason: string) {
    super(`not admitted: ${reason}`);
    this.reason = reason;
  }
}

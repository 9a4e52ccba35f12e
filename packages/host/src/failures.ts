/** Why a command has no outcome. None of these says that it failed: whoever asks again, with the same, is answered. */

/** The queue is full; the command was not taken. */
export class Overloaded extends Error {
  constructor() {
    super("too many commands are waiting");
  }
}

/** The store failed or kept changing underneath for as long as was tried; the command may or may not have been applied. */
export class Unknown extends Error {
  constructor(cause: unknown) {
    super("nobody knows whether the command was applied", { cause });
  }
}

/** This host takes no more commands; one that was under way may or may not have been applied. */
export class Stopped extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** A signature came out wrong, as when a processor errs, and was kept back: such a one can give the key away. */
export class SigningFault extends Error {
  constructor() {
    super("this machine has computed a wrong signature");
  }
}

/** Another process took the lease: ask that one. */
export class Fenced extends Stopped {
  constructor() {
    super("another process writes this store now");
  }
}

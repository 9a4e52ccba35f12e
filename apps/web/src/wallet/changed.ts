/** Where the wallet's worker says, to every page of this browser, that something of the wallet may look different now. */
export const CHANGED = "counterfoil-wallet-changed";

/** What the lab's closure is told about shops of this project: which keys each expands from its seed. */
import { NOTHING_PUBLISHED, type Published } from "@counterfoil/lab";
import { shopConfig } from "@counterfoil/sdk";

export const OURS: Published = {
  ...NOTHING_PUBLISHED,
  shopOf(crypto, seed) {
    const { key, seed: sales } = shopConfig(crypto, seed, NO_BANK);
    return { publicKey: key.publicKey, sales };
  },
};

/** A shop's keys do not depend on where it is paid. */
const NO_BANK = { bank: "", unit: "" };

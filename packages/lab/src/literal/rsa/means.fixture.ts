/** Means for tests: bytes of a counter, so that a test that fails fails again, with the same keys. */
import { concat, encodeItems } from "@counterfoil/base";
import { portableCrypto } from "@counterfoil/crypto";
import type { Means } from "../../letters.ts";
import { portableMeans } from "./portable-means.ts";

const { sha512 } = await portableCrypto();

/** @param seed names the bytes: the same seed draws the same. */
export function meansOf(seed: string): Means {
  let [drawn, taken] = [0, 0];
  const portable = portableMeans((length) => {
    const blocks = Array.from({ length: Math.ceil(length / 64) }, () => sha512(encodeItems([seed, drawn++])));
    return concat(...blocks).slice(0, length);
  });
  return {
    ...portable,
    prime(bits) {
      const printed = bits === 1_024 ? PRIMES[taken++] : undefined;
      return printed === undefined ? portable.prime(bits) : BigInt(`0x${printed}`);
    },
  };
}

/**
 * Of 1,024 bits, for keys of 2,048: to draw one takes a tenth of a second and more. None is 1 more than a multiple of 3, so they
 * do for e = 3 too.
 */
const PRIMES: readonly string[] = [
  "e42f97ca85129bbf8c1ebcc04fb3e42344e6054f07482a57877bf81fae541af572e5caf02d420481fd629190" +
    "a848ebe33c9a7be334cff937716acadcb7e7ced1ac6159d012842dd86b063c1ea1b0026414d84bb915d15d10" +
    "7b6515817b7768273dec0a198d2a8bbe57e8530b5d81cf66be6ca0bba75e1f4e088b2473c1f3546b",
  "f2e9d1c391a31a3182c73847c1fde7d01a9cfe537c6e67be910a1e9b0bd7d26cb64161671463901ed02964a5" +
    "70e77abb8952fb0a3973c5f1320a7d830ade3f9c9280cdd5942358265fab9e0d63949cd3b81b4f8e2a0b38bd" +
    "bb00cb7a1701c29a484c034a74464f3326515c448a96566954ae9bea4663ae9b9b87da0d2736d3dd",
  "e6e3c7d06093eed63d2840dcaa008fc80a5e83dddadc8cc948bf2de69b1db6f10f9303a33489f00e6a3a6c74" +
    "ec259d4d3142c78b013338491a644cf52cdb3723c5faa5e054d4acd50ad55bda3630cdc4eb9907860da0e3d0" +
    "a9a2d6c845bdb5c82cdedb28a88d3cf6fb19d94e0873479f095452f9fe317b0ee44821df6bd657ef",
  "eba266a5c3b97a532eb88d0c39d703fa96e2283056cd1e6d0ffdfa518b2d3b6d5a2497f1ead800889fa97ab8" +
    "a3de42e5812529cdb248f5a24e186a3d4326c2f8cead60e6a909fa60a1ce0b8ab5489f0a02ebc066d920f916" +
    "6dee099e400baa64507a638701d89effa18c513335e104968f5bfd011c1ce2f13c652e2582934323",
  "c5e2cfc59a507957c328bb23d199a7d41f92612389984619e6530131924348f7719760c42d784314148935a7" +
    "01908d29535c35d76b8fd9446556d7550db16a10645f29d729d6a5a22cdb450a46b720150e41f26d5ff5e35f" +
    "2c0acb29e5c6c4de5f308e9c6d86403cf3a81aefe68569562b0c01550452d01be18d09ffdbb7be2f",
  "c7d9818c41131090d86fb65869373eb34dd58e039e9e24eb891a3c43a7a318a8b0ff46d5c14d1d228ccf1e8e" +
    "0d466b1890de1d3b5cfa492fae635e4912020e1279ee19b7f4aa54f776c195639efe6863ba2db6a1f24c4d1f" +
    "b83a0a98e80af5f320fc77939105078431838b545785288388fa646cd7c67099e658b319cc7c725f",
  "ee0bea77a521398de5fd707c301b9fb331c18548c955aec3098000f5cf215415d231f5dc4982e4f6a08c458c" +
    "5859be4c71a73839c653b9d7629bcce9acaf6fc6d6dd67d5581d8c80d1ea8d9dbf04e29711cc130b04e203ea" +
    "d14f8a1f7d38eb458ef53754611e64b82f31feceba6dd1178e97d49635fbe8196b9fa6a226af18a5",
  "d39f25c1770f2db41d0ed31d409c6b2a966029f07eface5d3ced7de3e4a06e73ac9e310fdf2c22a1eb4d2806" +
    "6058058adc6d1e891d0f709d093f6bd7906b96bcfba333a5d76d45300cca554fd440e943837eb476219b945d" +
    "e7f2bc52e1fa4240571c49c0d46ff49d45b34409b975be52c8ee46f00b64cafec9956d9e8ebdad6d",
];

export const testMeans: Means = meansOf("tests");

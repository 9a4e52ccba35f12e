/** A signer thread that does to some values, told by their second byte, what hardware and bugs do. */
import { type MessagePort, parentPort, threadId } from "node:worker_threads";
import { rsaKeyOf } from "./rsa.ts";
import { serveSigning } from "./signing.ts";

export const MARK = { error: 0xe1, fault: 0xfa, exit: 0xed, traced: 0x77 } as const;

/** Which thread signed a traced value. */
export const TRACES = "signers.fixture";

if (parentPort !== null) {
  const traces = new BroadcastChannel(TRACES);
  serveSigning(parentPort as MessagePort, (privateKeyPem) => {
    const key = rsaKeyOf(privateKeyPem);
    return {
      ...key,
      decrypt(value) {
        const signature = key.decrypt(value);
        if (value[1] === MARK.error) throw new Error("planted");
        if (value[1] === MARK.exit) process.exit(3);
        if (value[1] === MARK.traced) traces.postMessage(threadId);
        if (value[1] === MARK.fault) signature[100] = (signature[100] as number) ^ 1;
        return signature;
      },
    };
  });
}

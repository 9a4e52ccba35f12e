/** The entry of a signer thread (`openSigners`). */
import { type MessagePort, parentPort } from "node:worker_threads";
import { serveSigning } from "./signing.ts";

serveSigning(parentPort as MessagePort);

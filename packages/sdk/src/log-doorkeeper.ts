/** The entry of a doorkeeper's thread (`openDoorkeepers`). */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { nodeCrypto } from "@counterfoil/host";
import { admitToLog } from "@counterfoil/protocols/log";
import type { DoorTerms, FromDoorkeeper, ToDoorkeeper } from "./log-doorkeepers.ts";

const port = parentPort as MessagePort;
const config = { ...(workerData as DoorTerms), crypto: await nodeCrypto() };

port.on("message", ({ serial, message }: ToDoorkeeper) => {
  port.postMessage({ serial, command: admitToLog(config, message) } satisfies FromDoorkeeper);
});

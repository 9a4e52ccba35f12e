/** One forgery in a process of its own, where `mutate.ts` may have taken its check away. */
import { portableCrypto } from "@counterfoil/crypto";
import { EXIT } from "../refusals/exit.ts";
import { FORGERIES } from "./index.ts";

const forgery = FORGERIES.find(({ name }) => name === process.argv[2]);
if (forgery === undefined) throw new Error(`no forgery is called ${process.argv[2]}`);
const observed = await forgery.attempt(await portableCrypto());
console.log(observed);
process.exit(observed === forgery.held ? EXIT.refused : observed === forgery.broken ? EXIT.accepted : EXIT.otherwise);

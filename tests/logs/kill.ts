/** Loaded before the command line (`node --import`): ends the process, with SIGKILL and on the spot, at the boundary of KILL_AT. */
import { subscribe } from "node:diagnostics_channel";
import type { BoundaryMessage } from "@counterfoil/host";

const [role, at, table] = (process.env.KILL_AT ?? "").split("/");

subscribe("counterfoil:boundary", (message) => {
  const met = message as BoundaryMessage;
  if (met.role !== role || met.at !== at) return;
  if (table === undefined || met.what.split(" ").includes(table)) process.kill(process.pid, "SIGKILL");
});

/** Loaded before the command line (`node --import`): ends the process, with SIGKILL and on the spot, at the boundary of KILL_AT. */
import { onBoundary } from "@counterfoil/host/boundary";

const [role, at, table] = (process.env.KILL_AT ?? "").split("/");

onBoundary((met) => {
  if (met.role !== role || met.at !== at) return;
  if (table === undefined || met.what.split(" ").includes(table)) process.kill(process.pid, "SIGKILL");
});

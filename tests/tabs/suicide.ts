/**
 * Preloaded (`node --import`): ends this process with SIGKILL when it passes a write/send boundary of one role for the n-th
 * time. KILL_ROLE and KILL_AT say which; without them nothing happens.
 */
import { onBoundary } from "@counterfoil/host/boundary";

const role = process.env.KILL_ROLE;
const at = Number(process.env.KILL_AT ?? 0);
let passed = 0;

if (role !== undefined) {
  onBoundary((met) => {
    if (met.role !== role) return;
    passed += 1;
    if (passed === at) process.kill(process.pid, "SIGKILL");
  });
}

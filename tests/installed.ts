/** A tool of the system that a test compares with or drives: there, or installed where the test may do that. */
import { spawnSync } from "node:child_process";

/** Longer than an installation that another test file has begun: apt does one at a time. */
const OTHERS_SECONDS = 300;

/** @returns whether it is there now. */
export function installed(debianPackage: string, found: () => boolean): boolean {
  if (!found() && process.getuid?.() === 0) {
    const words = ["-o", `DPkg::Lock::Timeout=${OTHERS_SECONDS}`, "install", "-y", "--no-install-recommends"];
    spawnSync("apt-get", [...words, debianPackage]);
    // A machine that has never asked what there is finds nothing.
    if (!found() && spawnSync("apt-get", ["update"]).status === 0) spawnSync("apt-get", [...words, debianPackage]);
  }
  return found();
}

/** A file on this machine's disk, as a judge looks at it. */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "@counterfoil/base";
import type { Crypto } from "@counterfoil/crypto";
import { contentHashOf, verifyFile } from "@counterfoil/host";
import type { Certificate } from "@counterfoil/protocols/contract";
import type { JudgedFile } from "./evidence.ts";
import { openGoods } from "./goods-folder.ts";

/** Nothing is read before it is asked about. */
export function judgedFileAt(crypto: Crypto, path: string): JudgedFile {
  return {
    length: async () => (await stat(path)).size,
    contentHash: (goods) => contentHashOf(crypto, path, goods),
    isCertified: async (certificate) => (await verifyFile(path, certificate)).ok,
    opens: (certificate, secret) => opens(crypto, certificate, secret, path),
  };
}

/** Opens it for real, to a place that is thrown away. */
async function opens(crypto: Crypto, certificate: Certificate, secret: Uint8Array, path: string): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "counterfoil-verify-"));
  try {
    return (await openGoods(crypto, certificate, toHex(secret), path, join(folder, "goods"))).ok;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

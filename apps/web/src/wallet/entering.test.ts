import type { Vault } from "@counterfoil/browser";
import { Unreachable } from "@counterfoil/host/portable";
import { Refusal } from "@counterfoil/sdk/portable";
import { beforeEach, expect, test, vi } from "vitest";
import { enteringDesk } from "./entering.ts";
import { keepWallet } from "./keeper.ts";
import type { Outside } from "./opened.ts";

const browser = vi.hoisted(() => ({
  createVault: vi.fn(),
  importVault: vi.fn(),
  openVault: vi.fn(),
  rescueSeed: vi.fn(),
  forgetVault: vi.fn(),
  vaultStanding: vi.fn(),
}));
const market = vi.hoisted(() => ({ homeBank: vi.fn(), openIn: vi.fn(), withAccount: vi.fn(), withMarket: vi.fn() }));
vi.mock("@counterfoil/browser", () => ({ ...browser, RoomFailure: class RoomFailure extends Error {} }));
vi.mock("./opened.ts", () => market);
vi.mock("./buying.ts", () => ({ goOn: async () => {} }));

const PHRASE = `${"abandon ".repeat(11)}about`;

beforeEach(() => {
  vi.resetAllMocks();
});

function entering() {
  const outside = { ports: { crypto: { random: (bytes: number) => new Uint8Array(bytes) }, onBug: () => {} } };
  const keeper = keepWallet(
    () => {},
    () => {},
  );
  return enteringDesk(keeper, outside as unknown as Outside);
}

test("a market that is down leaves no new wallet behind", async () => {
  market.homeBank.mockRejectedValue(new Unreachable("ECONNREFUSED", false));
  const trouble = { ok: false, trouble: { reason: "unreachable" } };
  expect(await entering().create("a passphrase", 12)).toMatchObject(trouble);
  expect(await entering().restore("a passphrase", PHRASE, () => {})).toMatchObject(trouble);
  expect(browser.createVault).not.toHaveBeenCalled();
});

test("a new wallet that cannot be opened is forgotten; one of a backup is left as it is", async () => {
  const vault = {
    forget: vi.fn(async () => {}),
    close: vi.fn(async () => {}),
    place: () => ({ isRestoring: () => false }),
  };
  browser.createVault.mockResolvedValue(vault as unknown as Vault);
  browser.importVault.mockResolvedValue(vault as unknown as Vault);
  market.homeBank.mockResolvedValue({ bank: "00", unit: "XTS.2" });
  market.openIn.mockRejectedValue(new Error("planted"));
  expect(await entering().create("a passphrase", 12)).toMatchObject({ ok: false });
  expect(vault.forget).toHaveBeenCalledOnce();
  expect(await entering().restoreBackup("a passphrase", new Uint8Array(1))).toMatchObject({ ok: false });
  expect(vault.forget).toHaveBeenCalledOnce();
  expect(vault.close).toHaveBeenCalledOnce();
});

test("a damaged wallet still shows its words, and is forgotten by its passphrase alone", async () => {
  browser.rescueSeed.mockResolvedValueOnce(new Uint8Array(16));
  expect(await entering().phrase("a passphrase")).toEqual({ ok: true, value: { phrase: PHRASE } });
  browser.rescueSeed.mockRejectedValueOnce(new Error("another passphrase"));
  expect(await entering().forget("another passphrase")).toMatchObject({ ok: false });
  expect(browser.forgetVault).not.toHaveBeenCalled();
  browser.rescueSeed.mockResolvedValueOnce(new Uint8Array(16));
  expect(await entering().forget("a passphrase")).toMatchObject({ ok: true });
  expect(browser.forgetVault).toHaveBeenCalledOnce();
});

test("a wallet whose first record cannot be read knows no passphrase, and can be forgotten", async () => {
  const refusal = new Refusal("vault-damaged", "The first record is damaged.", "No money moved.", "Restore it.");
  browser.rescueSeed.mockRejectedValueOnce(refusal);
  expect(await entering().forget("any passphrase")).toMatchObject({ ok: true });
  expect(browser.forgetVault).toHaveBeenCalledOnce();
});

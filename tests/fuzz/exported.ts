/** Every schema that the packages export, found by itself: none is left out of the fuzzing by being forgotten. */

import type { Schema } from "@counterfoil/base";
import * as base from "@counterfoil/base";
import type { MessageKind } from "@counterfoil/crypto";
import * as crypto from "@counterfoil/crypto";
import * as certifying from "@counterfoil/protocols/certifying";
import * as contract from "@counterfoil/protocols/contract";
import * as exchange from "@counterfoil/protocols/exchange";
import * as giving from "@counterfoil/protocols/giving";
import * as log from "@counterfoil/protocols/log";
import * as money from "@counterfoil/protocols/money";
import * as purse from "@counterfoil/protocols/purse";
import * as tabs from "@counterfoil/protocols/tabs";
import * as trustees from "@counterfoil/protocols/trustees";

export interface Exported {
  readonly name: string;
  readonly schema: Schema<unknown>;
}

/** Every schema, and the payload of every message, among what the packages export. */
export function exportedSchemas(): readonly Exported[] {
  const found: Exported[] = [];
  for (const [place, module] of Object.entries({
    base,
    crypto,
    contract,
    money,
    exchange,
    purse,
    tabs,
    trustees,
    certifying,
    giving,
    log,
  })) {
    for (const [name, value] of Object.entries(module as Record<string, unknown>)) {
      if (isSchema(value)) found.push({ name: `${place}.${name}`, schema: value });
      else if (isKind(value)) found.push({ name: `${place}.${name}`, schema: value.payload as Schema<unknown> });
    }
  }
  return found;
}

function isSchema(value: unknown): value is Schema<unknown> {
  return typeof value === "object" && value !== null && "read" in value && "write" in value;
}

function isKind(value: unknown): value is MessageKind<unknown> {
  return typeof value === "object" && value !== null && "domain" in value && "payload" in value;
}

/** `counterfoil lab attack ID`: every attack that there is. */
import type { Crypto } from "@counterfoil/crypto";
import { questionOf } from "../studies.ts";
import type { Question, Study } from "../study.ts";
import type { Attack } from "./attack.ts";
import { coinProductAttack } from "./coin-product.ts";
import { crtAttack } from "./crt.ts";
import { dictionaryAttack } from "./dictionary.ts";
import { hastadAttack } from "./hastad.ts";
import { type Lost, lostAbortAttack, lostYesAttack } from "./lost.ts";
import { oracleAttack } from "./oracle.ts";
import { reregisterAttack } from "./reregister.ts";
import { weakFiatShamirAttack } from "./weak-fiat-shamir.ts";

export type { Attack, Line, Outcome } from "./attack.ts";

/** @param studies the losses are searched for in these; where one is not among them, its attack is not either. */
export function attacksOf(crypto: Crypto, studies: readonly Study[]): readonly Attack[] {
  const lostYes = lostIn(studies, "lost-yes", "ray-anonymous", "optimistic-coins");
  const lostAbort = lostIn(studies, "lost-abort", "camp", "logged-coins");
  return [
    crtAttack(crypto),
    hastadAttack(crypto),
    dictionaryAttack(crypto),
    coinProductAttack(crypto),
    oracleAttack(crypto),
    ...(lostYes === null ? [] : [lostYesAttack(lostYes)]),
    ...(lostAbort === null ? [] : [lostAbortAttack(lostAbort)]),
    reregisterAttack(crypto),
    weakFiatShamirAttack(crypto),
  ];
}

function lostIn(studies: readonly Study[], name: string, literalStudy: string, oursStudy: string): Lost | null {
  const [literal, ours] = [literalStudy, oursStudy].map((id) => askedOf(studies, id, name));
  return literal && ours ? { literal, ours } : null;
}

/** The question that has the attack's name, or else the study's first about goods: all are asked of honest parties first. */
function askedOf(studies: readonly Study[], id: string, name: string): Question | null {
  const ofGoods = () =>
    studies.find((study) => study.id === id)?.questions.find(({ about }) => about.includes("goods"));
  return questionOf(studies, id, name) ?? ofGoods() ?? null;
}

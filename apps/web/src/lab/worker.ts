/** The lab's own thread. It asks nobody anything: what it needs comes with its script. */
import { portableCrypto } from "@counterfoil/crypto";
import {
  attacksOf,
  confirmationOf,
  evidenceInWords,
  explore,
  openGame,
  type Play,
  questionOf,
  rsa,
  studiesOf,
  THEOREMS,
} from "@counterfoil/lab";
import { expose } from "comlink";
import type { LabDesk } from "./lab-desk.ts";
import { type Session, sessionOf, walkOf } from "./session.ts";

/** Nothing is awaited before the desk listens: what is asked until then would be lost. */
const loaded = portableCrypto().then((crypto) => ({ crypto, studies: studiesOf(crypto) }));
const means = rsa.portableMeans((length) => globalThis.crypto.getRandomValues(new Uint8Array(length)));

/** A browser's tab has a few hundred megabytes, and a world of the widest play takes two hundred bytes. */
const WORLDS_LIMIT = 400_000;

let session: Session | null = null;

function opened(): Session {
  if (session === null) throw new Error("no game was begun");
  return session;
}

async function playOf(study: string, question: string): Promise<Play> {
  const { studies } = await loaded;
  const play = questionOf(studies, study, question)?.play?.();
  if (play === undefined) throw new Error(`no world is called ${study}, ${question}`);
  return play;
}

const desk: LabDesk = {
  async studies() {
    const { studies } = await loaded;
    return studies.map(({ id, title, source, questions }) => ({
      ...{ id, title, source },
      worlds: questions
        .filter(({ play }) => play !== undefined)
        .map(({ name, about, bound, trusted }) => ({ name, about, bound, trusted })),
    }));
  },

  async counterexample(study, question, property) {
    const of = questionOf((await loaded).studies, study, question);
    const answered = of?.ask();
    const found = answered?.answers.find((answer) => answer.property === property)?.found ?? null;
    if (of === null || answered === undefined || found === null) return null;
    const walk = of.play === undefined ? null : walkOf(of.play(), found.way);
    return { ...found, states: answered.states, walk };
  },

  async theorems() {
    return THEOREMS.map(({ shown, ...theorem }) => ({
      ...theorem,
      shown: shown.map((evidence) => ({
        kind: evidence.kind,
        says: evidenceInWords(evidence),
        attack: evidence.kind === "attack" ? evidence.attack : null,
      })),
    }));
  },

  async confirm(theorem, place, onQuestion) {
    const evidence = THEOREMS.find(({ id }) => id === theorem)?.shown[place];
    if (evidence === undefined) throw new Error(`there is no evidence ${place} of ${theorem}`);
    const { agrees, cases, found } = confirmationOf(evidence, (await loaded).studies, means, {
      isShort: true,
      onQuestion: (question, at, all) => onQuestion(`question ${at + 1} of ${all}: ${question}`),
    });
    return { agrees, cases, found };
  },

  async attacks() {
    const { crypto, studies } = await loaded;
    return attacksOf(crypto, studies).map(({ id, title, source }) => ({ id, title, source }));
  },

  async attack(id, onLine) {
    const { crypto, studies } = await loaded;
    const attack = attacksOf(crypto, studies).find((each) => each.id === id);
    if (attack === undefined) throw new Error(`there is no attack ${id}`);
    const steps = attack.run(means);
    let step = steps.next();
    for (; !step.done; step = steps.next()) onLine(step.value);
    return step.value;
  },

  async open(study, question, way) {
    const begun = sessionOf(await playOf(study, question));
    if (!begun.follow(way)) return null;
    session = begun;
    return begun.shown();
  },

  ...acting(),

  async search(study, question, way, onProgress) {
    const play = await playOf(study, question);
    const game = openGame(play);
    const begun = way.length === 0 ? game.start() : game.along(way)?.at(-1)?.after;
    if (begun === undefined) throw new Error("the protocol does not go this way");
    const { worlds, isCut, found } = explore(play, { from: begun.row, limit: WORLDS_LIMIT, onProgress });
    return { states: worlds, isCut, fault: found[0]?.fault ?? null, way: found[0]?.way ?? [] };
  },
};

/** What is done in the game that is open: each answers with how it stands then. */
function acting(): Pick<LabDesk, "take" | "drop" | "sayAgain" | "undo" | "run" | "follow"> {
  const after = async (act: (game: Session) => void) => {
    act(opened());
    return opened().shown();
  };
  return {
    take: (place) => after((game) => game.take(place)),
    drop: (message) => after((game) => game.drop(message)),
    sayAgain: (player) => after((game) => game.sayAgain(player)),
    undo: () => after((game) => game.undo()),
    run: (seed) => after((game) => game.run(seed)),
    follow: (way) => after((game) => game.follow(way)),
  };
}

expose(desk);

/**
 * A game as somebody plays it in the page: the moments so far, what happened between them, and what can be done next. What can
 * happen is the lab's (openGame); here is only what was done, so that it can be undone, drawn and saved.
 */
import {
  type Choice,
  drawsOf,
  type Game,
  holdingsIn,
  lossesIn,
  type Mail,
  type Moment,
  openGame,
  type Play,
  type Seen,
} from "@counterfoil/lab";
import type { Counterexample, GameShown, Happened, MailShown, Passage } from "./lab-desk.ts";
import { stateInWords } from "./lab-words.ts";

export interface Session {
  shown(): GameShown;
  take(place: number): void;
  drop(message: number): void;
  sayAgain(player: string): void;
  undo(): void;
  run(seed: number): void;
  /** @returns false where the play does not go this way from here. */
  follow(way: readonly string[]): boolean;
  readonly moment: Moment;
}

interface Turn {
  readonly at: Moment;
  readonly seen: Seen;
  readonly happened: Happened | null;
}

/** A game that nobody ends by hand: more events than any way to a fault that was ever found has. */
const EVENTS_AT_RANDOM = 40;

export function sessionOf(play: Play): Session {
  const game = openGame(play);
  const turns: Turn[] = [turnOf(game, game.start(), null)];
  const last = () => turns.at(-1) as Turn;
  const become = (at: Moment, happened: Happened) => turns.push(turnOf(game, at, happened));

  const taken = (choice: Choice): void => {
    const { at, seen } = last();
    const after = game.take(at, choice);
    become(after, happenedBy(play, at, choice, seen, game.look(after)));
  };

  return {
    get moment() {
      return last().at;
    },
    shown: () => shownOf(play, game, turns),
    take(place) {
      const choice = game.choices(last().at).find((each) => each.place === place);
      if (choice !== undefined) taken(choice);
    },
    drop(message) {
      const { at, seen } = last();
      const mail = seen.mail.find((each) => each.message === message);
      if (mail !== undefined) become(game.drop(at, message), lostOf(play, mail));
    },
    sayAgain(name) {
      const { at, seen } = last();
      const player = play.players.findIndex((each) => each.name === name);
      const again = new Set(game.owedAgain(at, player));
      if (again.size === 0) return;
      const names = seen.mail.filter(({ message }) => again.has(message)).map(({ name: each }) => each);
      become(game.sayAgain(at, player), { kind: "again", player: name, names });
    },
    undo() {
      if (turns.length > 1) turns.pop();
    },
    run(seed) {
      const draws = drawsOf(seed);
      for (let events = 0; events < EVENTS_AT_RANDOM; events++) {
        const choices = game.choices(last().at);
        if (choices.length === 0) return;
        taken(draws.of(choices));
      }
    },
    follow(way) {
      const begun = last().at.way;
      // A line may be read in several ways, and only the whole tells which is meant.
      const whole = begun.length === 0 ? game.along(way) : null;
      for (const [place, line] of way.entries()) {
        const choice = choiceOf(game, last().at, line, whole?.[place]?.choice);
        if (choice === undefined) return false;
        taken(choice);
      }
      return true;
    },
  };
}

/** @param meant where the whole way has said which of several of one line it is. */
function choiceOf(game: Game, at: Moment, line: string, meant: Choice | undefined): Choice | undefined {
  const choices = game.choices({ ...at, dropped: new Set() });
  return choices.find(({ what, place }) => what === line && (meant === undefined || place === meant.place));
}

function turnOf(game: Game, at: Moment, happened: Happened | null): Turn {
  return { at, seen: game.look(at), happened };
}

function nameOf(play: Play, player: number | null): string | null {
  return player === null ? null : (play.players[player]?.name ?? null);
}

function happenedBy(play: Play, at: Moment, choice: Choice, seen: Seen, next: Seen): Happened {
  const { message, crash, what } = choice;
  const player = nameOf(play, choice.player);
  if (player === null) return { kind: "clock", what };
  const own = ({ states }: Seen) => stateInWords(states[choice.player ?? -1] ?? "");
  const change = { before: own(seen), after: own(next) };
  const mail = message === null ? undefined : seen.mail.find((each) => each.message === message);
  if (mail === undefined) {
    // A trace's line is one sentence; a crash is said beside it.
    return {
      kind: "moved",
      player,
      what: what.slice(player.length + 1).replace(/, (writes|speaks), and crashes .*$/, ""),
      crash,
      change,
    };
  }
  const isAgain = at.heard.includes(mail.message);
  return { kind: "heard", player, from: nameOf(play, mail.from), name: mail.name, isAgain, crash, change };
}

function lostOf(play: Play, { from, to, name }: Mail): Happened {
  return { kind: "lost", from: nameOf(play, from), to: nameOf(play, to) ?? "", name };
}

function shownOf(play: Play, game: Game, turns: readonly Turn[]): GameShown {
  const { at, seen } = turns.at(-1) as Turn;
  const before = turns.at(-2)?.seen ?? seen;
  const choices = game.choices(at);
  const movesOf = (of: (choice: Choice) => boolean) =>
    choices.filter((choice) => choice.message === null && of(choice)).map(({ place, what }) => ({ place, what }));
  const nameBy = new Map(seen.mail.map(({ message, name }) => [message, name]));
  return {
    parties: play.players.map(({ name }, player) => ({
      name,
      state: stateInWords(seen.states[player] ?? ""),
      before: stateInWords(before.states[player] ?? ""),
      moves: movesOf((choice) => choice.player === player),
      again: game.owedAgain(at, player).map((message) => nameBy.get(message) ?? ""),
    })),
    clocks: play.clocks.map(({ name }, clock) => ({
      name,
      instant: seen.instants[clock] ?? 0,
      moves: movesOf((choice) => choice.clock === clock),
    })),
    mail: seen.mail.map((mail) => mailOf(play, at, choices, mail)),
    ...{ fault: seen.fault, endings: seen.endings, losses: seen.deals?.flatMap(lossesIn) ?? [] },
    deals:
      seen.deals?.map((deal) => {
        const { money, goods } = holdingsIn(deal);
        return { ...deal, moneyInWords: money, goodsInWords: goods };
      }) ?? null,
    happened: turns.flatMap(({ happened }) => (happened === null ? [] : [happened])),
    way: at.way,
    canUndo: turns.length > 1,
  };
}

function mailOf(play: Play, at: Moment, choices: readonly Choice[], mail: Mail): MailShown {
  const { message, name, from, to } = mail;
  return {
    ...{ message, name, from: nameOf(play, from), to: nameOf(play, to) ?? "" },
    arrivals: at.heard.filter((each) => each === message).length,
    isDropped: at.dropped.has(message),
    deliveries: choices.filter((choice) => choice.message === message).map(({ place, crash }) => ({ place, crash })),
  };
}

/** A way that a search found, as it is stepped through: with each event what it said that never arrives. */
export function walkOf(play: Play, way: readonly string[]): Counterexample["walk"] {
  const game = openGame(play);
  const taken = game.along(way);
  if (taken === null) return null;
  let [at, seen] = [game.start(), game.look(game.start())];
  const heard = new Set(taken.map(({ choice }) => choice.message));
  const passages: Passage[] = [];
  for (const { choice, after } of taken) {
    const next = game.look(after);
    const known = new Set(seen.mail.map(({ message }) => message));
    const isNew = ({ message }: Mail) => choice.says.includes(message) && !known.has(message) && !heard.has(message);
    passages.push({
      line: choice.what,
      happened: [
        happenedBy(play, at, choice, seen, next),
        ...next.mail.filter(isNew).map((mail) => lostOf(play, mail)),
      ],
      before: seen.states.map(stateInWords),
      after: next.states.map(stateInWords),
    });
    [at, seen] = [after, next];
  }
  return {
    players: play.players.map(({ name }) => name),
    hasClocks: play.clocks.some(({ instants }) => instants > 1),
    passages,
    deals: seen.deals,
    losses: seen.deals?.flatMap(lossesIn) ?? [],
  };
}

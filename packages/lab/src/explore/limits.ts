/** What a play must keep to for its worlds to fit rows of whole numbers. One that does not is refused, never searched wrongly. */
import type { Message, Play } from "./play.ts";

/** As many messages as a world of 128 words holds. */
export const MESSAGES = 1 << 12;

/** More states of one party than any search so far has had by a hundred times: beyond it memory goes to these and not to worlds. */
const STATES = 1 << 22;

/** A set of players is one whole number of 32 bits, and the one with all bits is everybody. */
const PLAYERS = 31;

/** The clocks of a row are in one whole number, four bits each. */
export const CLOCK_BITS = 4;
const [CLOCKS, INSTANTS] = [6, 15];

/** @throws where there are more players, clocks or instants than a row has room for, or one names another that is not there. */
export function assertFits({ name, players, clocks, clockOf, said, endings = [] }: Play): void {
  const refuse = (why: string): never => {
    throw new Error(`${name} cannot be searched: ${why}`);
  };
  if (players.length > PLAYERS) refuse(`it has ${players.length} players, and ${PLAYERS} are the most`);
  if (clocks.length > CLOCKS) refuse(`it has ${clocks.length} clocks, and ${CLOCKS} are the most`);
  for (const { name: clock, instants } of clocks) {
    if (!isBelow(instants - 1, INSTANTS))
      refuse(`${clock} has ${instants} instants, and 1 to ${INSTANTS} are possible`);
  }
  players.forEach((player, place) => {
    assertState(player.name, player.start);
    if (!isBelow(clockOf[place] as number, Math.max(1, clocks.length))) refuse(`${player.name} has no clock`);
  });
  for (const message of said) assertMessage(name, message);
  for (const ending of endings) {
    if (!ending.players.every((player) => isBelow(player, players.length)))
      refuse(`${ending.name} ends with a player who is not there`);
  }
}

/** @param who the player whose it is. */
export function assertState(who: string, state: number): void {
  if (!isBelow(state, STATES)) throw new Error(`${who} has state ${state}: states are 0 to ${STATES - 1}`);
}

/** Its number alone: how many fit is known when they are said (events.ts). */
export function assertMessage(who: string, message: number): void {
  if (!isBelow(message, Number.MAX_SAFE_INTEGER)) throw new Error(`${who} says ${message}, which numbers no message`);
}

export function assertAddressed({ players }: Play, { name, to, marks = 0 }: Message): void {
  if (!isBelow(to, players.length)) throw new Error(`${name} is addressed to player ${to}, who is not there`);
  if ((marks | 0) !== marks && marks >>> 0 !== marks) throw new Error(`${name} has marks beyond 32 bits: ${marks}`);
}

/** Whether it is a whole number from 0 on, below the bound. */
export function isBelow(number: number, bound: number): boolean {
  return Number.isInteger(number) && number >= 0 && number < bound;
}

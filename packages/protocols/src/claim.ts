/** A claim of this project (P§7A): code that a campaign, an explorer or a test evaluates, and that docs cite by its id. */
export interface Claim<World> {
  readonly id: string;
  /** What it rests on, and what it does not say. */
  readonly restsOn: string;
  /** null when it holds, else what was seen. */
  readonly refute: (world: World) => string | null;
}

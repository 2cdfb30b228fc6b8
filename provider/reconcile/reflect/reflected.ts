/** What a reflector keeps of one kind of one member, and how far it can be trusted. */
import type { CrdState } from "../../mcs/observed";
import type { MemberError } from "../member-error";
import type { ObjectChange } from "./kept-objects";

/** The map goes on changing: copy what has to stay as it is. */
export interface Kept<T> {
  /** By `namespace/name`; by `name` what is in no namespace. */
  readonly objects: ReadonlyMap<string, T>;
  /** Everything up to here is in `objects`. "0" where the API is not installed. */
  readonly resourceVersion: string;
  readonly crd: CrdState;
  /** Milliseconds of the clock: when the member last said anything of this kind. */
  readonly confirmed: number;
}

export type Reflected<T> =
  /** Nothing is kept that could be trusted: not listed yet, or it may be of another history. `error`: why it is not listed now. */
  | { readonly state: "listing"; readonly error?: MemberError }
  /** A watch is open: what has happened is here, but for what is on its way. */
  | (Kept<T> & { readonly state: "live" })
  /** As of a list, and nothing keeps it current: the watch is being opened, or forbidden (`error`), or the API is not installed. */
  | (Kept<T> & { readonly state: "listed"; readonly error?: MemberError })
  /** It was known, and cannot be kept current now: nobody knows what has happened since `confirmed`. */
  | (Kept<T> & { readonly state: "stale"; readonly error: MemberError });

/** Called with what has changed; with nothing where only the state has. `current()` is the new one already. */
export type ChangeListener<T> = (changes: readonly ObjectChange<T>[]) => void;

export interface Reflector<T> {
  current(): Reflected<T>;
  /** Lists anew, by a list that begins after the call; those who ask meanwhile share the next one. Rejects with MemberError. */
  relist(): Promise<void>;
  /**
   * Resolves when what is kept shows that moment, that of an own write for one: as the watch tells it, or by a list where no watch is open or it
   * does not tell within 5 s. "0": when there is a list at all. Rejects with MemberError where that list fails.
   */
  reached(resourceVersion: string): Promise<void>;
  /** Returns what takes it back. */
  onChange(listener: ChangeListener<T>): () => void;
  /** For good. What waits for it is rejected. */
  stop(): void;
}

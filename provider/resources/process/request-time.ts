/**
 * The time that a request has. Once it is over the engine was told so, and what the request began, however deep, neither waits nor writes any
 * more: a process of our plugin lives on, and a write that nobody hears of is in no state.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { within } from "../../reconcile/deadline";

const time = new AsyncLocalStorage<AbortSignal>();

/** As `work`; rejects with `late()` when that has not ended after `seconds`. */
export function inTime<T>(seconds: number, late: () => Error, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const tooLate = () => {
    over.abort();
    return late();
  };
  return within(seconds, tooLate, time.run(over.signal, work));
}

/** Aborted when the time of the request that this is part of is over; undefined outside of requests. */
export function timeOver(): AbortSignal | undefined {
  return time.getStore();
}

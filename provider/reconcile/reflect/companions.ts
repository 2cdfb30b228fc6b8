/** What the reflectors of one member share: one way to it, and one history. When one learns that either is another, all must. */
import type { KubeObject } from "../../mcs/api";
import type { Allowance, Size } from "../member";
import { newAllowance } from "../observe/reading-limits";
import { createRecovery, type Recovery } from "./recovery";
import type { Clock } from "../waiting";

export interface Companions {
  readonly recovery: Recovery;
  /** Calls `distrust` when what was kept of this member may be of another history. Returns what takes it back. */
  join(who: object, distrust: () => void): () => void;
  /**
   * Its numbers went back: etcd was restored from a backup, or another cluster answers. A watch from a number that has not come yet would be
   * silent for ever, and nobody would say so.
   */
  historyChanged(): void;
  /** What `who` may list: what the others have listed is off the limits of one member (docs/security.md). */
  allowance(who: object): Allowance;
  /** So much did `who` list. */
  holds(who: object, size: Size): void;
  /** So much was told since. False: it is past the limits, which only a list can find to be otherwise, as it counts each object once. */
  adds(who: object, size: Size): boolean;
  /** Namespaces as they are read: kube-system has the cluster's UID. */
  saw(namespace: KubeObject): void;
}

export function createCompanions(clock: Clock): Companions {
  const listed = new Map<object, Size>();
  const told = new Map<object, Size>();
  const members = new Map<object, () => void>();
  let uid: string | undefined;
  const historyChanged = () => [...members.values()].forEach((distrust) => distrust());
  return {
    recovery: createRecovery(clock),
    historyChanged,
    join(who, distrust) {
      members.set(who, distrust);
      return () => [members, listed, told].forEach((of) => of.delete(who));
    },
    allowance(who) {
      const { bytes, values } = newAllowance();
      const others = sum([...listed].filter(([other]) => other !== who).map(([, size]) => size));
      return { bytes: bytes - others.bytes, values: values - others.values };
    },
    holds(who, size) {
      listed.set(who, size);
      told.delete(who);
    },
    adds(who, size) {
      told.set(who, sum([told.get(who) ?? NOTHING, size]));
      const { bytes, values } = sum([...listed.values(), ...told.values()]);
      const most = newAllowance();
      return bytes <= most.bytes && values <= most.values;
    },
    saw({ metadata }) {
      if (metadata.name !== "kube-system" || metadata.uid === undefined) return;
      const isOther = uid !== undefined && uid !== metadata.uid;
      uid = metadata.uid;
      if (isOther) historyChanged();
    },
  };
}

const NOTHING: Size = { bytes: 0, values: 0 };

function sum(sizes: readonly Size[]): Size {
  return sizes.reduce((a, b) => ({ bytes: a.bytes + b.bytes, values: a.values + b.values }), NOTHING);
}

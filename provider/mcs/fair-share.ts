/** Room that many share and no one may take from the others: those who want least get all they want, the rest get equal parts. */

/** The most that one may have so that all together need no more than `room`; Infinity where all fit as they are. Max-min fairness. */
export function fairShare(wanted: readonly number[], room: number): number {
  let left = room;
  let sharers = wanted.length;
  for (const want of [...wanted].sort((a, b) => a - b)) {
    const share = Math.floor(left / sharers);
    if (want > share) return share;
    left -= want;
    sharers -= 1;
  }
  return Infinity;
}

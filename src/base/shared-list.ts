/**
 * Lists that are nearly always the same, made once: whoever makes one and finds that it equals the last one made keeps
 * that, and the new one is garbage while it is young.
 *
 *     share([true, true, false])  ->  a         share([true, true, false])  ->  a, the very same         neither may ever change
 */
export type ShareList<T> = (made: readonly T[]) => readonly T[];

export function createListSharing<T>(): ShareList<T> {
  let last: readonly T[] = [];
  return (made) => {
    let isSame = made.length === last.length;
    for (let i = 0; isSame && i < made.length; i++) isSame = made[i] === last[i];
    if (!isSame) last = made;
    return last;
  };
}

/** Whether `text` has the form of `pattern`, where `*` stands for any characters and `?` for one. Case does not count. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const wanted = pattern.toLowerCase();
  const given = text.toLowerCase();
  let at = 0;
  let star = -1;
  let resume = 0;
  let next = 0;
  // On a mismatch only the latest star takes one character more: linear space, at worst length times length steps.
  while (next < given.length) {
    if (
      at < wanted.length &&
      (wanted[at] === '?' || wanted[at] === given[next]) &&
      wanted[at] !== '*'
    ) {
      at++;
      next++;
    } else if (wanted[at] === '*') {
      star = at++;
      resume = next;
    } else if (star >= 0) {
      at = star + 1;
      next = ++resume;
    } else return false;
  }
  while (wanted[at] === '*') at++;
  return at === wanted.length;
}

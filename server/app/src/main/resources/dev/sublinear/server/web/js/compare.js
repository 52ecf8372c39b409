// Where two texts part.

/** Returns the number of UTF-16 units that both begin with; never splits a character. */
export function commonLength(a, b) {
  const most = Math.min(a.length, b.length);
  let same = 0;
  while (same < most && a[same] === b[same]) same++;
  if (same > 0 && /[\uD800-\uDBFF]/.test(a[same - 1])) same--;
  return same;
}

/** Splits a text into what is the same, the first word that differs, and the rest. */
export function split(text, same) {
  const word = /^\s*\S*/.exec(text.slice(same))[0];
  return [text.slice(0, same), word, text.slice(same + word.length)];
}

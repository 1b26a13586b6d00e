/** Where the objects of an nftables document stand in its text, for diagnostics; worked out only when there is one. */

/** Offsets of the elements of the list in `{"nftables": [...]}`, in a JSON text that parses. One pass. */
export function elementOffsets(text: string): readonly number[] {
  const offsets: number[] = [];
  let depth = 0;
  let listed = false;
  let expecting = false;
  let key = '';
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? '';
    if (' \n\r\t'.includes(character)) continue;
    if (expecting && character !== ']') offsets.push(index);
    expecting = false;
    if (character === '"') {
      const end = endOfString(text, index);
      if (depth === 1) key = text.slice(index + 1, end);
      index = end;
    } else if (character === '{' || character === '[') {
      depth++;
      if (character === '[' && depth === 2 && key === 'nftables') {
        listed = true;
        expecting = true;
      }
    } else if (character === '}' || character === ']') {
      if (listed && depth === 2) return offsets;
      depth--;
    } else if (character === ',' && listed && depth === 2) expecting = true;
  }
  return offsets;
}

/** The offset of the quote that closes the string which opens at `start`. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index;
}

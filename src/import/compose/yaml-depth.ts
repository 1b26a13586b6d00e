/** How deep the tokens of a YAML text nest, measured without recursion and before anything recurses into them. */

/** The part of the YAML library's concrete syntax tokens that holds other tokens. */
export interface CstToken {
  readonly offset?: number;
  readonly value?: CstToken | string;
  readonly items?: readonly { readonly key?: CstToken | null; readonly value?: CstToken }[];
}

/** The depth of the most deeply nested token (1 for a document's own level) and where it begins. */
export function deepestToken(tokens: readonly CstToken[]): { readonly depth: number; readonly offset: number } {
  let deepest = { depth: 0, offset: 0 };
  const open: { readonly token: CstToken; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > deepest.depth) deepest = { depth, offset: token.offset ?? 0 };
    if (typeof token.value === 'object') open.push({ token: token.value, depth: depth + 1 });
    for (const item of token.items ?? []) {
      if (item.key !== undefined && item.key !== null) open.push({ token: item.key, depth: depth + 1 });
      if (item.value !== undefined) open.push({ token: item.value, depth: depth + 1 });
    }
  }
  return deepest;
}

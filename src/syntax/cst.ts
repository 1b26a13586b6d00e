/** Reading the nodes that the parser builds: their parts have the names that grammar.ts gives them. */
import type { CstElement, CstNode, IToken } from 'chevrotain';

/** An empty list for parts that a node does not have. */
const none: readonly CstElement[] = [];

function parts(node: CstNode, name: string): readonly CstElement[] {
  return node.children[name] ?? none;
}

/** The tokens of a part, in the order written. */
export function tokensOf(node: CstNode, name: string): readonly IToken[] {
  return parts(node, name) as readonly IToken[];
}

/** The first token of a part, or undefined where the text did not get that far. */
export function tokenOf(node: CstNode, name: string): IToken | undefined {
  return tokensOf(node, name)[0];
}

/** The nodes of a part, in the order written. */
export function nodesOf(node: CstNode, name: string): readonly CstNode[] {
  return parts(node, name) as readonly CstNode[];
}

/** The first node of a part. */
export function nodeOf(node: CstNode, name: string): CstNode | undefined {
  return nodesOf(node, name)[0];
}

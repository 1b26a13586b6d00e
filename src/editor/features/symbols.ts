/** The outline of a document: what it declares, and the interfaces of its hosts. */
import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver';
import type { Name, PolicyFile, Statement } from '../../syntax/tree.ts';
import type { Places } from '../workspace/places.ts';

const symbolKinds: Readonly<Partial<Record<Statement['kind'], SymbolKind>>> = {
  host: SymbolKind.Module,
  zone: SymbolKind.Field,
  network: SymbolKind.Interface,
  container: SymbolKind.Class,
  group: SymbolKind.Enum,
  service: SymbolKind.Constant,
};

export function documentSymbols(file: PolicyFile, places: Places): readonly DocumentSymbol[] {
  return file.statements.flatMap((statement) => {
    const kind = symbolKinds[statement.kind];
    if (kind === undefined || !('name' in statement)) return [];
    const children =
      statement.kind !== 'host'
        ? []
        : statement.items.flatMap((item) =>
            item.kind === 'interface' ? [symbol(item, 'interface', SymbolKind.Property, places, [])] : [],
          );
    return [symbol(statement, statement.kind, kind, places, children)];
  });
}

function symbol(
  node: { readonly name: Name; readonly span: Name['span'] },
  detail: string,
  kind: SymbolKind,
  places: Places,
  children: readonly DocumentSymbol[],
): DocumentSymbol {
  return {
    name: node.name.text,
    detail,
    kind,
    range: places.range(node.span),
    selectionRange: places.range(node.name.span),
    children: [...children],
  };
}

/** Flattens things that hold leaves and each other (groups, services), and finds the circles among them. */

export type FlattenItem<Leaf> = { readonly leaf: Leaf } | { readonly reference: string };

export interface Flattened<Leaf> {
  /** The leaves of every node, its own and those of the nodes it refers to, each once, in the order written. */
  readonly members: ReadonlyMap<string, readonly Leaf[]>;
  /** Each circle once, as the names on it; nodes on a circle have all leaves of the circle. */
  readonly circles: readonly (readonly string[])[];
}

/**
 * `identity` gives equal keys exactly for equal leaves. References to nodes that do not exist are passed over.
 * Tarjan's strongly connected components, without recursion: references may be nested as deep as the input is long.
 */
export function flatten<Leaf>(
  nodes: ReadonlyMap<string, readonly FlattenItem<Leaf>[]>,
  identity: (leaf: Leaf) => unknown,
): Flattened<Leaf> {
  const members = new Map<string, readonly Leaf[]>();
  const circles: string[][] = [];
  for (const component of components(nodes)) {
    const first = component[0] ?? '';
    const isCircle = component.length > 1 || refersTo(nodes.get(first), first);
    if (isCircle) circles.push(component);
    const inside = new Set(component);
    const leaves = new Map<unknown, Leaf>();
    const add = (leaf: Leaf): void => {
      const key = identity(leaf);
      if (!leaves.has(key)) leaves.set(key, leaf);
    };
    for (const name of component) {
      for (const item of nodes.get(name) ?? []) {
        if ('leaf' in item) add(item.leaf);
        else if (!inside.has(item.reference)) for (const leaf of members.get(item.reference) ?? []) add(leaf);
      }
    }
    const result = [...leaves.values()];
    for (const name of component) members.set(name, result);
  }
  return { members, circles };
}

function refersTo<Leaf>(items: readonly FlattenItem<Leaf>[] | undefined, name: string): boolean {
  return items?.some((item) => 'reference' in item && item.reference === name) ?? false;
}

interface Visit {
  readonly name: string;
  readonly references: readonly string[];
  readonly index: number;
  low: number;
  next: number;
}

/** The strongly connected components; a component comes after those it refers to. */
function components<Leaf>(nodes: ReadonlyMap<string, readonly FlattenItem<Leaf>[]>): string[][] {
  const result: string[][] = [];
  const visits = new Map<string, Visit>();
  const open = new Set<string>();
  const stack: string[] = [];

  const enter = (name: string): Visit => {
    const references = (nodes.get(name) ?? []).flatMap((item) =>
      'reference' in item && nodes.has(item.reference) ? [item.reference] : [],
    );
    const visit = { name, references, index: visits.size, low: visits.size, next: 0 };
    visits.set(name, visit);
    open.add(name);
    stack.push(name);
    return visit;
  };

  for (const start of nodes.keys()) {
    if (visits.has(start)) continue;
    const path = [enter(start)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const reference = visit.references[visit.next++];
      if (reference !== undefined) {
        const known = visits.get(reference);
        if (known === undefined) path.push(enter(reference));
        else if (open.has(reference)) visit.low = Math.min(visit.low, known.index);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) parent.low = Math.min(parent.low, visit.low);
      if (visit.low !== visit.index) continue;
      const component = stack.splice(stack.lastIndexOf(visit.name));
      for (const name of component) open.delete(name);
      result.push(component);
    }
  }
  return result;
}

/** Values derived from a host view once: views are immutable, and lookups in them come by the thousand. */
import type { HostView } from './host-view.ts';

/** The function, computed once a view and forgotten together with it. */
export function perView<T>(make: (view: HostView) => T): (view: HostView) => T {
  const made = new WeakMap<HostView, { readonly value: T }>();
  return (view) => {
    const known = made.get(view) ?? { value: make(view) };
    made.set(view, known);
    return known.value;
  };
}

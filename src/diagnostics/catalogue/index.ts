/** Every diagnostic that ctfw can give. One file a stage; each code appears once (held by a test). */
import type { CatalogueEntry } from '../entry.ts';

export const catalogue: readonly CatalogueEntry[] = [];

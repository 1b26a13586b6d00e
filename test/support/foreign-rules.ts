/** Rules that others wrote, where there is a folder of them: CTFW_CONFORMANCE_DIR. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const foreignFolder = process.env.CTFW_CONFORMANCE_DIR;

/** Every file of rules in the folder; none without it. */
export function foreignRules(): readonly string[] {
  const root = join(foreignFolder ?? '', 'rules');
  if (foreignFolder === undefined || !existsSync(root)) return [];
  return readdirSync(root).flatMap((name) =>
    readdirSync(join(root, name))
      .filter((file) => file !== 'LICENSE')
      .map((file) => join(root, name, file)),
  );
}

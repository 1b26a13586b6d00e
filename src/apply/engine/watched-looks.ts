/** Looks at one host whose rules are watched in between: what nobody has changed is not read again, however much of it there is. */
import type { RuleWatch } from '../../host/contract/host.ts';
import { baseAgain } from '../plan/base.ts';
import type { ApplyContext } from './context.ts';
import { type Look, type Looks, lookAt } from './look.ts';

/** The watch begins before the first look does, so that nothing falls between them. */
export function watchedLooks(context: Pick<ApplyContext, 'host' | 'files'>): Looks {
  const { host } = context;
  let watch: RuleWatch | undefined;
  let last: Look | undefined;
  const again = async (earlier: Look): Promise<Look | undefined> => {
    if (watch === undefined || !(await watch.isQuiet())) return undefined;
    const reading = await host.readBesideRules(earlier.reading);
    return reading === undefined ? undefined : { ...earlier, reading, base: baseAgain(earlier.base, reading) };
  };
  return {
    look: async () => {
      last = last === undefined ? undefined : await again(last);
      if (last !== undefined) return last;
      await watch?.close();
      const watching = host.watchRules().then((begun) => {
        watch = begun;
      });
      last = await lookAt(context, watching);
      return last;
    },
    isQuiet: async () => watch?.isQuiet(),
    close: async () => {
      await watch?.close();
      watch = undefined;
      last = undefined;
    },
  };
}

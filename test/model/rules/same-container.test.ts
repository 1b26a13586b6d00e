import { describe } from 'vitest';
import { places } from '../table.ts';

const base =
  'network a { subnet 10.0.0.0/24 }\ncontainer x { attach a }\ncontainer s { network container:x }\ncontainer p { attach a; publish 8080:80 }\n';

describe('both sides the same container', () => {
  places('CTFW3023', base, [
    ['deny x -> x', 'deny x -> x'],
    ['allow x -> s 80/tcp', 'allow x -> s 80/tcp'],
    ['deny p -> p'],
    ['deny x -> p'],
    ['deny x -> x, p'],
    ['deny a -> a'],
  ]);
});

import { describe } from 'vitest';
import { places } from '../table.ts';

const base =
  'network a { subnet 10.0.0.0/24 }\ncontainer x { attach a }\ncontainer job { network none }\ncontainer sharer { network container:job }\ncontainer wired { network none; plumb eth0 10.0.0.9/24 on a }\n';

describe('a statement about a container without addresses', () => {
  places('CTFW3029', base, [
    ['allow x -> job', 'allow x -> job'],
    ['deny job -> x', 'deny job -> x'],
    ['deny sharer -> x', 'deny sharer -> x'],
    ['group g = x, job\ndeny g -> 10.9.0.1', 'deny g -> 10.9.0.1'],
    ['deny wired -> x'],
    ['deny x -> 10.9.0.1'],
  ]);
});

import { describe } from 'vitest';
import { places } from '../table.ts';

describe('ip-forward off', () => {
  places(
    'CTFW3022',
    'host h { ip-forward off }\nnetwork a { subnet 10.0.0.0/24 }\nnetwork i { subnet 10.1.0.0/24; internal }\n',
    [
      [''],
      ['container x { attach i }'],
      ['container x { attach a }', 'ip-forward off'],
      ['container x { attach i; attach a; publish 8080:80 }', 'ip-forward off'],
    ],
  );

  places('CTFW3022', 'network a { subnet 10.0.0.0/24 }\ncontainer x { attach a }\n', [
    ['host h { ip-forward on }'],
    ['host h { }'],
  ]);
});

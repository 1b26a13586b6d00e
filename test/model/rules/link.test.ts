import { describe } from 'vitest';
import { places } from '../table.ts';

const base = [
  'network a { subnet 10.0.0.0/24 }',
  'network b { subnet 10.1.0.0/24 }',
  'container both { attach a; attach b }',
  'container x { attach a; expose 80/tcp }',
  'container y { attach b; expose 80/tcp }',
  'container bare { attach a }',
  'container sharer { network container:x; expose 9090/tcp }',
  'container h { network host; expose 80/tcp }',
  'container n { network none; expose 80/tcp }',
  '',
].join('\n');

describe('a link without a common network', () => {
  places('CTFW3008', base, [
    ['link both -> x\nlink both -> y'],
    ['link x -> y', 'link x -> y'],
    ['link sharer -> y', 'link sharer -> y'],
    ['link y -> sharer', 'link y -> sharer'],
    ['link both -> sharer'],
    ['link both -> h', 'link both -> h'],
    ['link n -> x', 'link n -> x'],
  ]);
});

describe('a link to nothing exposed', () => {
  places('CTFW3009', base, [['link both -> x'], ['link x -> bare', 'link x -> bare']]);
});

describe('a link said twice', () => {
  places('CTFW3010', base, [
    ['link both -> x\nlink both -> y'],
    ['link both -> x\nlink both -> x', 'link both -> x'],
    ['link both -> x as db\nlink both -> x as database'],
    ['link both -> x\nlink both -> sharer'],
  ]);
});

import { expect, test } from 'vitest';
import { missingFrom } from '../../bench/requirements.ts';

const everything = {
  root: 'yes',
  nft: '1',
  ip: '1',
  unshare: '1',
  nsenter: '1',
  'iptables-nft-restore': '1',
  'ip6tables-nft-restore': '1',
  python3: '1',
  ferm: '1',
};

test('nothing is missing where everything is there', () => {
  expect(missingFrom(everything, ['root', 'nft', 'iptables', 'python3', 'ferm'])).toBe(undefined);
});

test('every missing thing is named, and nothing that is not asked for', () => {
  const offer = { ...everything, root: undefined, 'ip6tables-nft-restore': undefined, ferm: undefined };
  expect(missingFrom(offer, ['root', 'iptables', 'python3'])).toBe(
    'needs root, to make network namespaces, ip6tables-nft-restore',
  );
});

/**
 * Whether nft lists rules as what they are. nft 1.0.6 leaves out matches that it holds for implied (`meta nfproto ipv6` before
 * `reject with tcp reset`), so that what is read from a listing is not what the kernel runs.
 */
import { execFileSync } from 'node:child_process';
import { nftText } from '../scenario/rules.ts';
import type { RulesetPart } from '../scenario/types.ts';

/** Loads a text, then its listing, and prints what the kernel runs in both cases. Interfaces that rules name by index exist. */
const twice = `
for name do ip link add name "$name" type bridge || true; done 2>/dev/null
folder=$(mktemp -d) && trap 'rm -r "$folder"' EXIT
nft -f - && nft list ruleset > "$folder/listing" && nft --debug=netlink list ruleset && echo ==== &&
nft flush ruleset && nft -f "$folder/listing" && nft --debug=netlink list ruleset`;

/** The expressions of every rule, without handles and numbers of anonymous sets. */
function expressionsOf(output: string): string {
  return output
    .split('\n')
    .map((line) => line.trim().replace(/__(set|map)\d+/g, '__$1'))
    .filter((line) => line.startsWith('[ ') || line === '')
    .join('\n');
}

/** Whether a part's rules, listed by nft and loaded again, are other rules. False, too, where it cannot be found out. */
export function isListedWrongly(part: RulesetPart): boolean {
  const text = nftText(part);
  if (text === undefined) return false;
  const names = [...text.matchAll(/\b[io]if\s+(?:[!=]=\s*)?"?([\w.-]+)"?/g)].map(([, name = '']) => name);
  try {
    const [written = '', listed = ''] = execFileSync(
      'unshare',
      ['-n', 'sh', '-c', twice, 'sh', ...new Set(names.filter((name) => name !== 'lo'))],
      { input: text, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] },
    ).split('====\n');
    return expressionsOf(written) !== expressionsOf(listed);
  } catch {
    return false;
  }
}

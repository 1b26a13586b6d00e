/** What can be said about rules in iptables' language: 8100-8149 reading them, 8150-8199 writing them. */
import type { CatalogueEntry } from '../entry.ts';

export const unreadableRulesLine: CatalogueEntry = {
  code: 'CTFW8101',
  severity: 'error',
  title: 'A line is neither a table, a chain nor a rule',
  explanation:
    'Rules are read as `iptables-save`, `ip6tables-save` or `ebtables-save` print them: `*table`, `:CHAIN POLICY`, `-A CHAIN ...`, `COMMIT`, comments. ' +
    'This line is none of these, so what it does is not known and nothing may be concluded from the rest of its table.\n\nGive the output of the save command as it is.',
  example: undefined,
};

export const unknownIptablesTable: CatalogueEntry = {
  code: 'CTFW8102',
  severity: 'warning',
  title: 'A table has no place in the packet path that is known',
  explanation:
    'iptables has the tables raw, mangle, nat, filter and security; ebtables has filter, nat and broute. The chains of any other table are kept, but they are tied to no hook and never run.',
  example: undefined,
};

export const undeclaredIptablesChain: CatalogueEntry = {
  code: 'CTFW8103',
  severity: 'warning',
  title: 'A rule is in a chain, or jumps to one, that is not declared',
  explanation:
    'Every chain of a listing is declared by a line `:NAME ...` of its table. A target that is neither such a chain nor known may do anything to the packet, so results that depend on it are not certain.\n\n' +
    'Give the whole table, not an excerpt.',
  example: undefined,
};

export const malformedIptablesRule: CatalogueEntry = {
  code: 'CTFW8104',
  severity: 'warning',
  title: 'Words of a rule do not fit anything',
  explanation:
    'The rule has words that belong to no option, an option without its value, or a value that iptables does not take. The rule is kept with these words as they are, and treated as if it might match or not.',
  example: undefined,
};

export const unmodelledIptablesFeature: CatalogueEntry = {
  code: 'CTFW8105',
  severity: 'hint',
  title: 'A match or target is kept, but its meaning is not known here',
  explanation:
    'Some extensions depend on state outside the rules (recent, hashlimit, sets, time of day) or do things that have no model. Their rules are kept word for word. A match like this may hold or not; a target like this may do anything. Reported once for each extension.',
  example: undefined,
};

export const unfinishedIptablesTable: CatalogueEntry = {
  code: 'CTFW8106',
  severity: 'warning',
  title: 'The listing ends before its table does',
  explanation: 'A table ends with `COMMIT`. Without it the listing was probably cut off, and rules are missing.',
  example: undefined,
};

export const rulesOfUnknownForm: CatalogueEntry = {
  code: 'CTFW8107',
  severity: 'error',
  title: 'The file is in no form of rules that can be read',
  explanation:
    'Rules found on a host are read as `nft -j list ruleset`, `iptables-save`, `ip6tables-save` and `ebtables-save` print them. Text of `nft list ruleset` is not one of them: nftables itself turns it into JSON, ' +
    '`nft -j list ruleset` for what is loaded, and for a file, `unshare -rn sh -c "nft -f FILE && nft -j list ruleset"`.',
  example: undefined,
};

export const noRulesFound: CatalogueEntry = {
  code: 'CTFW8108',
  severity: 'error',
  title: 'There is nothing in the file that could be judged',
  explanation:
    'A listing names at least its tables. An empty one says nothing about a host: perhaps the command that made it was not run as root, or looked at the wrong one of the two iptables (`iptables-legacy-save`, `iptables-nft-save`).',
  example: undefined,
};

export const collectionInIptables: CatalogueEntry = {
  code: 'CTFW8150',
  severity: 'error',
  title: 'A set, map or verdict map cannot be written for iptables',
  explanation:
    'iptables itself has no sets and maps; a rule compares with one value (or with up to 15 ports). Writing the rule without the set would make it weaker or stronger than meant, so nothing is written.\n\nLower the ruleset for iptables first, with a rule for each element.',
  example: undefined,
};

export const placeNotInIptables: CatalogueEntry = {
  code: 'CTFW8151',
  severity: 'error',
  title: 'A table or chain has no counterpart in iptables',
  explanation:
    'iptables has the tables raw, mangle, nat, filter and security for each family, with fixed chains at fixed hooks and priorities; other chains are reached by jumps. This table or chain is not one of these.',
  example: undefined,
};

export const statementNotInIptables: CatalogueEntry = {
  code: 'CTFW8152',
  severity: 'error',
  title: 'A statement cannot be written for iptables',
  explanation:
    'No match or target of iptables says exactly this. Leaving it out, or writing something near, would change what the rules do, so nothing is written.',
  example: undefined,
};

export const orderNotInIptables: CatalogueEntry = {
  code: 'CTFW8153',
  severity: 'error',
  title: 'The statements of a rule cannot stand in this order in iptables',
  explanation:
    'iptables compares addresses, interfaces and the protocol before everything else, and a rule acts once, at its end. Statements with an effect of their own (limits, counters of packets, logs) before such a comparison, or two actions in one rule, would do something else when reordered.\n\nMake it two rules.',
  example: undefined,
};

export const nameNotInIptables: CatalogueEntry = {
  code: 'CTFW8154',
  severity: 'error',
  title: 'A name does not fit iptables',
  explanation:
    'Names of chains have 1 to 28 characters without blanks and do not begin with `-` or `!`; comments have up to 255 bytes.',
  example: undefined,
};

export const foreignRuleInOwnChains: CatalogueEntry = {
  code: 'CTFW8155',
  severity: 'error',
  title: 'A built-in or foreign chain would be changed',
  explanation:
    'Only chains with our prefix are written, and from a built-in chain only jumps to them: everything else on the host belongs to others and is left alone.',
  example: undefined,
};

export const iptablesDiagnostics: readonly CatalogueEntry[] = [
  unreadableRulesLine,
  unknownIptablesTable,
  undeclaredIptablesChain,
  malformedIptablesRule,
  unmodelledIptablesFeature,
  unfinishedIptablesTable,
  rulesOfUnknownForm,
  noRulesFound,
  collectionInIptables,
  placeNotInIptables,
  statementNotInIptables,
  orderNotInIptables,
  nameNotInIptables,
  foreignRuleInOwnChains,
];

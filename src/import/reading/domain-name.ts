/** Names that containers are found by (host names, aliases): they pass into the policy as they are, so their form is checked here. */
import { nameLeftOut } from '../../diagnostics/catalogue/import.ts';
import { report } from '../../diagnostics/report.ts';
import type { Name, Written } from '../../syntax/tree.ts';
import type { Reading } from './reading.ts';
import { shorten } from './shorten.ts';

/** Whether a policy can say a text as a host name or alias. */
export function isDomainName(text: string): boolean {
  return (
    text.length <= 253 &&
    text.split('.').every((label) => /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label))
  );
}

/** A text as a name; reported and undefined when a policy cannot say it. */
export function readDomainName(reading: Reading, text: Written<string>, what: string): Name | undefined {
  if (isDomainName(text.value)) return { text: text.value, span: text.span };
  reading.add(
    report(
      nameLeftOut,
      text.span,
      `\`${shorten(text.value)}\` cannot be written as ${what} in a policy, so this name was left out.`,
    ),
  );
  return undefined;
}

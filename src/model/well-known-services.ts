/** Ports that people know by name. No policy has them by itself; who writes such a name is told how to declare it. */

const wellKnown = new Map([
  ['dns', '53/udp, 53/tcp'],
  ['ftp', '21/tcp'],
  ['http', '80/tcp'],
  ['https', '443/tcp'],
  ['imap', '143/tcp'],
  ['imaps', '993/tcp'],
  ['ldap', '389/tcp'],
  ['mongodb', '27017/tcp'],
  ['mysql', '3306/tcp'],
  ['ntp', '123/udp'],
  ['postgres', '5432/tcp'],
  ['postgresql', '5432/tcp'],
  ['redis', '6379/tcp'],
  ['smtp', '25/tcp'],
  ['ssh', '22/tcp'],
  ['submission', '587/tcp'],
  ['syslog', '514/udp'],
  ['telnet', '23/tcp'],
  ['web', '80/tcp, 443/tcp'],
]);

/** How a service of this name would be declared; a port of one's own where the name is not known. */
export function declarationOfService(name: string): string {
  return `service ${name} = ${wellKnown.get(name.toLowerCase()) ?? '8080/tcp'}`;
}

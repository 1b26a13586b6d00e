/** The part of railroad-diagrams 1.0 that is used here: each constructor gives a drawing that nests. */
declare module 'railroad-diagrams' {
  export interface Drawing {
    readonly drawing: never;
  }
  export interface Diagram {
    format(): { toString(): string };
  }
  interface Library {
    Diagram(...items: Drawing[]): Diagram;
    Sequence(...items: Drawing[]): Drawing;
    Choice(normal: number, ...items: Drawing[]): Drawing;
    Optional(item: Drawing): Drawing;
    OneOrMore(item: Drawing, repeat?: Drawing): Drawing;
    ZeroOrMore(item: Drawing, repeat?: Drawing): Drawing;
    Terminal(text: string): Drawing;
    NonTerminal(text: string, href?: string): Drawing;
  }
  const library: Library;
  export default library;
}

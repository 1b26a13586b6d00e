/**
 * The grammar of the language for chevrotain; grammar/ctfw.ebnf says the same for people and is held against it by a test.
 *
 * One token of lookahead decides everywhere, except where a gate says otherwise. Recovery: what follows a statement, an item
 * or the header of a block is a token type that occurs nowhere else, so a rule with a mistake in it resumes exactly there, and
 * one mistake is one error. Tokens are never guessed (inserted or deleted). What cannot begin a statement, and what is left
 * at the end of one, is parsed too, as `unknown` and `surplus`, and reported when the tree is built.
 */
import {
  type CstNode,
  CstParser,
  type IParserErrorMessageProvider,
  type IRecognitionException,
  type IToken,
  type ParserMethod,
  type TokenType,
} from 'chevrotain';
import { once } from './once.ts';
import {
  AccessKeyword,
  Arrow,
  Comma,
  closeBraces,
  DoubleArrow,
  Equals,
  ends,
  HostFlag,
  InsideItem,
  InsideLine,
  InsideStatement,
  keywords as k,
  NetworkDevice,
  NetworkFlag,
  NetworkNumber,
  openBraces,
  roles as role,
  Text,
  vocabulary,
} from './tokens.ts';

const [EndOfStatement, EndOfItem, EndOfOption] = ends;
/** The braces of a block in the file and of one inside of a block, and what ends an item in each. */
const outer = { open: openBraces[0], close: closeBraces[0], end: EndOfItem };
const inner = { open: openBraces[1], close: closeBraces[1], end: EndOfOption };

/** Words that end a list of services because a clause or an outcome begins. */
const clauseWords = new Set<TokenType>([k.reject, k.allowed, k.blocked, k.rejected, k.reaches, k.leaves]);

/** Names a part of a node, for what builds the tree. */
const as = (label: string): { readonly LABEL: string } => ({ LABEL: label });
const keyword = as('keyword');
const name = as('name');
const value = as('value');
const on = as('on');
const via = as('via');
const end = as('end');

/** A rule of the grammar. */
type NodeRule = ParserMethod<[], CstNode>;

interface BlockParts {
  readonly header: NodeRule;
  /** What may stand inside; the first that fits is taken. */
  readonly items: readonly NodeRule[];
  /** What is left over behind the closing brace. */
  readonly surplus: NodeRule;
}

/** A list with commas, for the methods of chevrotain. */
function listOf(part: () => unknown): { readonly SEP: TokenType; readonly DEF: () => unknown } {
  return { SEP: Comma, DEF: part };
}

export interface GrammarOptions {
  readonly messageProvider: IParserErrorMessageProvider;
  /** Whether to check the grammar itself; worth its time only in tests. */
  readonly validate: boolean;
}

interface ErrorCount {
  value: number;
}

/** Counts the errors as their messages are asked for: asking the parser for its errors copies them all. */
function counting(provider: IParserErrorMessageProvider, count: ErrorCount): IParserErrorMessageProvider {
  const counted = (message: string): string => {
    count.value++;
    return message;
  };
  return {
    buildMismatchTokenMessage: (options) => counted(provider.buildMismatchTokenMessage(options)),
    buildNotAllInputParsedMessage: (options) => counted(provider.buildNotAllInputParsedMessage(options)),
    buildNoViableAltMessage: (options) => counted(provider.buildNoViableAltMessage(options)),
    buildEarlyExitMessage: (options) => counted(provider.buildEarlyExitMessage(options)),
  };
}

export class PolicyParser extends CstParser {
  readonly #errorCount: ErrorCount;
  #errorLimit = Number.POSITIVE_INFINITY;

  constructor(options: GrammarOptions) {
    const errorCount = { value: 0 };
    super(vocabulary, {
      recoveryEnabled: true,
      maxLookahead: 1,
      nodeLocationTracking: 'none',
      skipValidations: !options.validate,
      errorMessageProvider: counting(options.messageProvider, errorCount),
    });
    this.#errorCount = errorCount;
    this.performSelfAnalysis();
  }

  /** Parses the tokens of a file, and stops early after so many errors. */
  parse(
    tokens: IToken[],
    errorLimit: number,
  ): { readonly policy: CstNode; readonly errors: readonly IRecognitionException[] } {
    this.#errorLimit = errorLimit;
    this.#errorCount.value = 0;
    this.input = tokens;
    const policy = this.policy();
    const { errors } = this;
    this.input = [];
    return { policy, errors };
  }

  protected override canTokenTypeBeInsertedInRecovery(): boolean {
    return false;
  }

  protected override canTokenTypeBeDeletedInRecovery(): boolean {
    return false;
  }

  readonly #belowErrorLimit = (): boolean => this.#errorCount.value < this.#errorLimit;

  /** Whether no `log "..."`, `reject` or outcome begins here, so that a word is one of the services. */
  readonly #beforeClause = (): boolean => {
    const type = this.LA(1).tokenType;
    return !clauseWords.has(type) && !(type === k.log && this.LA(2).tokenType === Text);
  };

  // ---- shapes that several rules have -----------------------------------------------------------------------------------

  /** Any number of statements or items, each with its end. */
  #lines(label: string, endType: TokenType, rules: () => readonly NodeRule[]): () => void {
    const part = as(label);
    const alternatives = once(() => rules().map((rule) => ({ ALT: () => this.SUBRULE(rule, part) })));
    const line = (): void => {
      this.OR({ DEF: alternatives(), IGNORE_AMBIGUITIES: true });
      this.CONSUME(endType, end);
    };
    const options = { GATE: this.#belowErrorLimit, DEF: line };
    return () => this.MANY(options);
  }

  /** A header and a block. The parts are asked for late because they are defined later. */
  #block(ruleName: string, level: typeof outer | typeof inner, parts: () => BlockParts): NodeRule {
    const items = this.#lines('item', level.end, () => parts().items);
    return this.RULE(ruleName, () => {
      this.SUBRULE(parts().header, as('header'));
      this.CONSUME(level.open);
      items();
      this.CONSUME(level.close);
      this.OPTION(() => this.SUBRULE(parts().surplus));
    });
  }

  /** One of several forms, told apart by their keywords. */
  #oneOf(ruleName: string, surplus: () => NodeRule, forms: readonly (() => void)[]): NodeRule {
    const alternatives = forms.map((form) => ({ ALT: form }));
    return this.RULE(ruleName, () => {
      this.OR9(alternatives);
      this.OPTION9(() => this.SUBRULE9(surplus()));
    });
  }

  /** Swallows what is not understood, up to an end. */
  #anything(ruleName: string, inside: TokenType, label: string): NodeRule {
    return this.RULE(ruleName, () => {
      this.AT_LEAST_ONE(() => this.CONSUME(inside, as(label)));
    });
  }

  // ---- the file ---------------------------------------------------------------------------------------------------------

  readonly #statements = this.#lines('statement', EndOfStatement, () => [
    ...[this.host, this.zone, this.network, this.container, this.group, this.service, this.link],
    ...[this.access, this.expect, this.connect, this.include, this.unknownStatement],
  ]);

  policy = this.RULE('policy', () => this.#statements());

  unknownStatement = this.#anything('unknownStatement', InsideStatement, 'unknown');
  unknownItem = this.#anything('unknownItem', InsideItem, 'unknown');
  unknownOption = this.#anything('unknownOption', InsideLine, 'unknown');
  statementSurplus = this.#anything('statementSurplus', InsideStatement, 'surplus');
  itemSurplus = this.#anything('itemSurplus', InsideItem, 'surplus');
  lineSurplus = this.#anything('lineSurplus', InsideLine, 'surplus');

  // ---- host -------------------------------------------------------------------------------------------------------------

  host = this.#block('host', outer, () => ({
    header: this.hostHeader,
    items: [this.interface, this.hostItem, this.dnsItem, this.unknownItem],
    surplus: this.statementSurplus,
  }));

  hostHeader = this.RULE('hostHeader', () => {
    this.CONSUME(k.host, keyword);
    this.CONSUME(role.HostName, name);
    this.OPTION(() => this.SUBRULE(this.lineSurplus));
  });

  interface = this.#block('interface', inner, () => ({
    header: this.interfaceHeader,
    items: [this.interfaceItem, this.unknownOption],
    surplus: this.itemSurplus,
  }));

  interfaceHeader = this.RULE('interfaceHeader', () => {
    this.CONSUME(k.interface, keyword);
    this.CONSUME(role.InterfaceName, name);
    this.OPTION(() => this.SUBRULE(this.lineSurplus));
  });

  interfaceItem = this.#oneOf('interfaceItem', () => this.lineSurplus, [
    () => {
      this.CONSUME(k.address, keyword);
      this.AT_LEAST_ONE_SEP(listOf(() => this.CONSUME(role.InterfaceAddress, value)));
    },
    () => {
      this.CONSUME(k.mtu, keyword);
      this.CONSUME(role.Number, value);
    },
  ]);

  hostItem = this.#oneOf('hostItem', () => this.itemSurplus, [
    () => {
      this.CONSUME(k.route, keyword);
      this.CONSUME(role.Destination, value);
      this.CONSUME(k.via);
      this.CONSUME(role.Address, via);
      this.OPTION(() => {
        this.CONSUME(k.on);
        this.CONSUME(role.InterfaceName, on);
      });
    },
    () => {
      this.CONSUME(HostFlag, keyword);
      this.OPTION1(() => this.CONSUME1(role.Switch, value));
    },
    () => {
      this.CONSUME(k.protect, keyword);
      this.CONSUME(k.host);
      this.OPTION2(() => this.CONSUME2(role.Switch, value));
    },
    () => {
      this.CONSUME(k['publish-address'], keyword);
      this.CONSUME1(role.Address, value);
    },
    () => {
      this.CONSUME(k['auto-ports'], keyword);
      this.CONSUME(role.PortRange, value);
    },
  ]);

  /** In hosts, networks and containers alike. */
  dnsItem = this.#oneOf('dnsItem', () => this.itemSurplus, [
    () => {
      this.CONSUME(k.dns, keyword);
      this.AT_LEAST_ONE_SEP(listOf(() => this.CONSUME(role.NameServer, value)));
    },
    () => {
      this.CONSUME(k['dns-search'], keyword);
      this.AT_LEAST_ONE_SEP1(listOf(() => this.CONSUME(role.SearchDomain, value)));
    },
    () => {
      this.CONSUME(k['dns-option'], keyword);
      this.AT_LEAST_ONE_SEP2(listOf(() => this.CONSUME(role.ResolverOption, value)));
    },
  ]);

  // ---- zone -------------------------------------------------------------------------------------------------------------

  zone = this.RULE('zone', () => {
    this.CONSUME(k.zone, keyword);
    this.CONSUME(role.ZoneName, name);
    this.CONSUME(Equals);
    this.AT_LEAST_ONE_SEP(listOf(() => this.CONSUME(role.Prefix, value)));
    this.OPTION(() => {
      this.CONSUME(k.on);
      this.CONSUME(role.InterfaceName, on);
    });
    this.OPTION1(() => this.SUBRULE(this.statementSurplus));
  });

  // ---- network ----------------------------------------------------------------------------------------------------------

  network = this.#block('network', outer, () => ({
    header: this.networkHeader,
    items: [this.networkItem, this.dnsItem, this.unknownItem],
    surplus: this.statementSurplus,
  }));

  networkHeader = this.RULE('networkHeader', () => {
    this.CONSUME(k.network, keyword);
    this.CONSUME(role.NetworkName, name);
    this.OPTION(() => {
      this.CONSUME(k.on);
      this.SUBRULE(this.placements);
    });
    this.OPTION1(() => this.SUBRULE(this.lineSurplus));
  });

  placements = this.RULE('placements', () => this.AT_LEAST_ONE_SEP(listOf(() => this.SUBRULE(this.placement))));

  placement = this.RULE('placement', () => {
    this.CONSUME(role.HostName, name);
    this.OPTION(() => {
      this.CONSUME(k.via);
      this.CONSUME(role.InterfaceName, via);
    });
  });

  networkItem = this.#oneOf('networkItem', () => this.itemSurplus, [
    () => {
      this.CONSUME(k.subnet, keyword);
      this.AT_LEAST_ONE_SEP(listOf(() => this.CONSUME(role.InterfaceAddress, value)));
    },
    () => {
      this.CONSUME(k.gateway, keyword);
      this.AT_LEAST_ONE_SEP1(listOf(() => this.CONSUME(role.Address, value)));
    },
    () => {
      this.CONSUME(NetworkFlag, keyword);
      this.OPTION(() => this.CONSUME(role.Switch, value));
    },
    () => {
      this.CONSUME(NetworkDevice, keyword);
      this.CONSUME(role.InterfaceName, name);
    },
    () => {
      this.CONSUME(k.physical, keyword);
      this.CONSUME1(role.InterfaceName, name);
      this.CONSUME(k.on);
      this.CONSUME2(role.InterfaceName, on);
    },
    () => {
      this.CONSUME(k.macvlan, keyword);
      this.CONSUME1(k.on);
      this.CONSUME3(role.InterfaceName, on);
    },
    () => {
      this.CONSUME(NetworkNumber, keyword);
      this.CONSUME(role.Number, value);
    },
    () => {
      this.CONSUME(k['gateway-mode'], keyword);
      this.CONSUME(role.GatewayMode, value);
    },
    () => {
      this.CONSUME(k.spoofing, keyword);
      this.CONSUME(k.allowed);
      this.OPTION1(() => this.CONSUME1(role.Switch, value));
    },
    () => {
      this.CONSUME2(k.on, keyword);
      this.SUBRULE(this.placements);
    },
  ]);

  // ---- container --------------------------------------------------------------------------------------------------------

  container = this.#block('container', outer, () => ({
    header: this.containerHeader,
    items: [this.attach, this.containerItem, this.dnsItem, this.unknownItem],
    surplus: this.statementSurplus,
  }));

  containerHeader = this.RULE('containerHeader', () => {
    this.CONSUME(k.container, keyword);
    this.CONSUME(role.ContainerName, name);
    this.OPTION(() => {
      this.CONSUME(k.on);
      this.CONSUME(role.HostName, on);
    });
    this.OPTION1(() => this.SUBRULE(this.lineSurplus));
  });

  readonly #attachOptions = this.#lines('item', EndOfOption, () => [this.attachOption, this.unknownOption]);

  attach = this.RULE('attach', () => {
    this.SUBRULE(this.attachHeader, as('header'));
    this.OPTION(() => {
      this.CONSUME(inner.open);
      this.#attachOptions();
      this.CONSUME(inner.close);
      this.OPTION1(() => this.SUBRULE(this.itemSurplus));
    });
  });

  attachHeader = this.RULE('attachHeader', () => {
    this.CONSUME(k.attach, keyword);
    this.CONSUME(role.NetworkName, name);
    this.MANY_SEP(listOf(() => this.CONSUME(role.Address, value)));
    this.OPTION(() => this.SUBRULE(this.lineSurplus));
  });

  attachOption = this.#oneOf('attachOption', () => this.lineSurplus, [
    () => {
      this.CONSUME(k.port, keyword);
      this.CONSUME(role.InterfaceName, name);
    },
    () => {
      this.CONSUME(k.mac, keyword);
      this.CONSUME(role.Mac, value);
    },
    () => {
      this.CONSUME(k.gateway, keyword);
      this.AT_LEAST_ONE_SEP(listOf(() => this.CONSUME(role.Address, value)));
    },
    () => {
      this.CONSUME(k.alias, keyword);
      this.AT_LEAST_ONE_SEP1(listOf(() => this.CONSUME(role.Alias, value)));
      this.OPTION(() => {
        this.CONSUME(k.on);
        this.CONSUME(role.NetworkName, on);
      });
    },
  ]);

  containerItem = this.#oneOf('containerItem', () => this.itemSurplus, [
    () => {
      this.CONSUME(k.network, keyword);
      this.CONSUME(role.NetworkMode, value);
    },
    () => {
      this.CONSUME(k.expose, keyword);
      this.AT_LEAST_ONE_SEP(listOf(() => this.CONSUME(role.Port, value)));
    },
    () => {
      this.CONSUME(k.publish, keyword);
      this.AT_LEAST_ONE_SEP1(listOf(() => this.CONSUME(role.Publication, value)));
      this.OPTION(() => {
        this.CONSUME(k.from, as('fromKeyword'));
        this.AT_LEAST_ONE_SEP2(listOf(() => this.CONSUME(role.Subject, as('from'))));
      });
    },
    () => {
      this.CONSUME(k.hostname, keyword);
      this.CONSUME(role.HostnameWord, value);
    },
    () => {
      this.CONSUME(k.alias, keyword);
      this.AT_LEAST_ONE_SEP3(listOf(() => this.CONSUME(role.Alias, value)));
      this.OPTION1(() => {
        this.CONSUME(k.on);
        this.CONSUME(role.NetworkName, on);
      });
    },
    () => {
      this.CONSUME(k.route, keyword);
      this.CONSUME(role.Destination, value);
      this.CONSUME(k.via);
      this.CONSUME(role.Address, via);
    },
    () => {
      this.CONSUME(k.plumb, keyword);
      this.CONSUME(role.InterfaceName, name);
      this.AT_LEAST_ONE_SEP4(listOf(() => this.CONSUME(role.InterfaceAddress, value)));
      this.OPTION2(() => {
        this.CONSUME1(k.via);
        this.CONSUME1(role.Address, via);
      });
      this.CONSUME1(k.on);
      this.CONSUME1(role.NetworkName, on);
    },
  ]);

  // ---- groups, services, links ------------------------------------------------------------------------------------------

  group = this.RULE('group', () => {
    this.CONSUME(k.group, keyword);
    this.CONSUME(role.GroupName, name);
    this.CONSUME(Equals);
    this.AT_LEAST_ONE_SEP(listOf(() => this.CONSUME(role.Subject, value)));
    this.OPTION(() => this.SUBRULE(this.statementSurplus));
  });

  service = this.RULE('service', () => {
    this.CONSUME(k.service, keyword);
    this.CONSUME(role.ServiceName, name);
    this.CONSUME(Equals);
    this.SUBRULE(this.services);
    this.OPTION(() => this.SUBRULE(this.statementSurplus));
  });

  link = this.RULE('link', () => {
    this.CONSUME(k.link, keyword);
    this.CONSUME(role.ContainerName, as('from'));
    this.CONSUME(Arrow);
    this.CONSUME1(role.ContainerName, as('to'));
    this.OPTION(() => {
      this.CONSUME(k.as);
      this.CONSUME(role.Alias, value);
    });
    this.OPTION1(() => this.SUBRULE(this.statementSurplus));
  });

  // ---- allow, deny, expect ----------------------------------------------------------------------------------------------

  subjects = this.RULE('subjects', () => this.AT_LEAST_ONE_SEP(listOf(() => this.CONSUME(role.Subject, value))));

  readonly #serviceForms = [
    {
      ALT: () => {
        this.CONSUME(k.icmp, value);
        this.OPTION({ GATE: this.#beforeClause, DEF: () => this.CONSUME(role.IcmpType, as('icmpType')) });
      },
    },
    { ALT: () => this.CONSUME(role.Service, value) },
  ];

  services = this.RULE('services', () => {
    this.AT_LEAST_ONE_SEP(listOf(() => this.OR({ DEF: this.#serviceForms, IGNORE_AMBIGUITIES: true })));
  });

  /** Who talks to whom about what, in `allow`, `deny` and `expect`. */
  #flows(): void {
    this.SUBRULE(this.subjects, as('from'));
    this.CONSUME(Arrow);
    this.SUBRULE1(this.subjects, as('to'));
    this.OPTION({ GATE: this.#beforeClause, DEF: () => this.SUBRULE(this.services) });
  }

  access = this.RULE('access', () => {
    this.CONSUME(AccessKeyword, keyword);
    this.#flows();
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(k.log);
            this.CONSUME(Text, as('log'));
          },
        },
        { ALT: () => this.CONSUME(k.reject, as('reject')) },
      ]);
    });
    this.OPTION1(() => this.SUBRULE(this.statementSurplus));
  });

  expect = this.RULE('expect', () => {
    this.CONSUME(k.expect, keyword);
    this.#flows();
    this.OR([
      { ALT: () => this.CONSUME(k.allowed, as('outcome')) },
      { ALT: () => this.CONSUME(k.blocked, as('outcome')) },
      { ALT: () => this.CONSUME(k.rejected, as('outcome')) },
      {
        ALT: () => {
          this.CONSUME(k.reaches, as('outcome'));
          this.CONSUME(role.ContainerName, as('reached'));
          this.OPTION1(() => this.CONSUME(role.Port, as('port')));
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.leaves, as('outcome'));
          this.CONSUME(k.as);
          this.CONSUME(role.Address, as('address'));
        },
      },
    ]);
    this.OPTION2(() => this.SUBRULE(this.statementSurplus));
  });

  // ---- connect, include -------------------------------------------------------------------------------------------------

  connect = this.RULE('connect', () => {
    this.CONSUME(k.connect, keyword);
    this.CONSUME(role.EndName, as('left'));
    this.CONSUME(role.Address, as('leftAddress'));
    this.CONSUME(DoubleArrow);
    this.CONSUME1(role.EndName, as('right'));
    this.CONSUME1(role.Address, as('rightAddress'));
    this.OPTION(() => this.SUBRULE(this.statementSurplus));
  });

  include = this.RULE('include', () => {
    this.CONSUME(k.include, keyword);
    this.CONSUME(Text, value);
    this.OPTION(() => this.SUBRULE(this.statementSurplus));
  });
}

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
  type TokenType,
} from 'chevrotain';
import {
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
  NetworkFlag,
  openBraces,
  roles as role,
  Text,
  vocabulary,
} from './tokens.ts';

const [OpenBlock, OpenInner] = openBraces;
const [CloseBlock, CloseInner] = closeBraces;
const [EndOfStatement, EndOfItem, EndOfOption] = ends;

/** Words that end a list of services because a clause or an outcome begins. */
const clauseWords = new Set<TokenType>([k.reject, k.allowed, k.blocked, k.rejected, k.reaches, k.leaves]);

// Names of the parts of a node, for what builds the tree.
const keyword = { LABEL: 'keyword' };
const name = { LABEL: 'name' };
const value = { LABEL: 'value' };
const on = { LABEL: 'on' };
const via = { LABEL: 'via' };
const item = { LABEL: 'item' };
const statement = { LABEL: 'statement' };
const end = { LABEL: 'end' };

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

  policy = this.RULE('policy', () => {
    this.MANY({
      GATE: this.#belowErrorLimit,
      DEF: () => {
        this.OR({
          DEF: [
            { ALT: () => this.SUBRULE(this.host, statement) },
            { ALT: () => this.SUBRULE(this.zone, statement) },
            { ALT: () => this.SUBRULE(this.network, statement) },
            { ALT: () => this.SUBRULE(this.container, statement) },
            { ALT: () => this.SUBRULE(this.group, statement) },
            { ALT: () => this.SUBRULE(this.service, statement) },
            { ALT: () => this.SUBRULE(this.link, statement) },
            { ALT: () => this.SUBRULE(this.access, statement) },
            { ALT: () => this.SUBRULE(this.expect, statement) },
            { ALT: () => this.SUBRULE(this.connect, statement) },
            { ALT: () => this.SUBRULE(this.include, statement) },
            { ALT: () => this.SUBRULE(this.unknownStatement, statement) },
          ],
          IGNORE_AMBIGUITIES: true,
        });
        this.CONSUME(EndOfStatement, end);
      },
    });
  });

  // ---- what is not understood -------------------------------------------------------------------------------------------

  unknownStatement = this.RULE('unknownStatement', () => {
    this.AT_LEAST_ONE(() => this.CONSUME(InsideStatement, { LABEL: 'unknown' }));
  });

  unknownItem = this.RULE('unknownItem', () => {
    this.AT_LEAST_ONE(() => this.CONSUME(InsideItem, { LABEL: 'unknown' }));
  });

  unknownOption = this.RULE('unknownOption', () => {
    this.AT_LEAST_ONE(() => this.CONSUME(InsideLine, { LABEL: 'unknown' }));
  });

  statementSurplus = this.RULE('statementSurplus', () => {
    this.AT_LEAST_ONE(() => this.CONSUME(InsideStatement, { LABEL: 'surplus' }));
  });

  itemSurplus = this.RULE('itemSurplus', () => {
    this.AT_LEAST_ONE(() => this.CONSUME(InsideItem, { LABEL: 'surplus' }));
  });

  lineSurplus = this.RULE('lineSurplus', () => {
    this.AT_LEAST_ONE(() => this.CONSUME(InsideLine, { LABEL: 'surplus' }));
  });

  // ---- host -------------------------------------------------------------------------------------------------------------

  host = this.RULE('host', () => {
    this.SUBRULE(this.hostHeader, { LABEL: 'header' });
    this.CONSUME(OpenBlock);
    this.MANY({
      GATE: this.#belowErrorLimit,
      DEF: () => {
        this.OR({
          DEF: [
            { ALT: () => this.SUBRULE(this.interface, item) },
            { ALT: () => this.SUBRULE(this.hostItem, item) },
            { ALT: () => this.SUBRULE(this.dnsItem, item) },
            { ALT: () => this.SUBRULE(this.unknownItem, item) },
          ],
          IGNORE_AMBIGUITIES: true,
        });
        this.CONSUME(EndOfItem, end);
      },
    });
    this.CONSUME(CloseBlock);
    this.OPTION(() => this.SUBRULE(this.statementSurplus));
  });

  hostHeader = this.RULE('hostHeader', () => {
    this.CONSUME(k.host, keyword);
    this.CONSUME(role.HostName, name);
    this.OPTION(() => this.SUBRULE(this.lineSurplus));
  });

  interface = this.RULE('interface', () => {
    this.SUBRULE(this.interfaceHeader, { LABEL: 'header' });
    this.CONSUME(OpenInner);
    this.MANY({
      GATE: this.#belowErrorLimit,
      DEF: () => {
        this.OR({
          DEF: [
            { ALT: () => this.SUBRULE(this.interfaceItem, item) },
            { ALT: () => this.SUBRULE(this.unknownOption, item) },
          ],
          IGNORE_AMBIGUITIES: true,
        });
        this.CONSUME(EndOfOption, end);
      },
    });
    this.CONSUME(CloseInner);
    this.OPTION(() => this.SUBRULE(this.itemSurplus));
  });

  interfaceHeader = this.RULE('interfaceHeader', () => {
    this.CONSUME(k.interface, keyword);
    this.CONSUME(role.InterfaceName, name);
    this.OPTION(() => this.SUBRULE(this.lineSurplus));
  });

  interfaceItem = this.RULE('interfaceItem', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(k.address, keyword);
          this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => this.CONSUME(role.InterfaceAddress, value) });
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.mtu, keyword);
          this.CONSUME(role.Number, value);
        },
      },
    ]);
    this.OPTION(() => this.SUBRULE(this.lineSurplus));
  });

  hostItem = this.RULE('hostItem', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(k.route, keyword);
          this.CONSUME(role.Destination, value);
          this.CONSUME(k.via);
          this.CONSUME(role.Address, via);
          this.OPTION(() => {
            this.CONSUME(k.on);
            this.CONSUME(role.InterfaceName, on);
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(HostFlag, keyword);
          this.OPTION1(() => this.CONSUME1(role.Switch, value));
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.protect, keyword);
          this.CONSUME(k.host);
          this.OPTION2(() => this.CONSUME2(role.Switch, value));
        },
      },
      {
        ALT: () => {
          this.CONSUME(k['publish-address'], keyword);
          this.CONSUME1(role.Address, value);
        },
      },
      {
        ALT: () => {
          this.CONSUME(k['auto-ports'], keyword);
          this.CONSUME(role.PortRange, value);
        },
      },
    ]);
    this.OPTION3(() => this.SUBRULE(this.itemSurplus));
  });

  /** In hosts, networks and containers alike. */
  dnsItem = this.RULE('dnsItem', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(k.dns, keyword);
          this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => this.CONSUME(role.NameServer, value) });
        },
      },
      {
        ALT: () => {
          this.CONSUME(k['dns-search'], keyword);
          this.AT_LEAST_ONE_SEP1({ SEP: Comma, DEF: () => this.CONSUME(role.SearchDomain, value) });
        },
      },
      {
        ALT: () => {
          this.CONSUME(k['dns-option'], keyword);
          this.AT_LEAST_ONE_SEP2({ SEP: Comma, DEF: () => this.CONSUME(role.ResolverOption, value) });
        },
      },
    ]);
    this.OPTION(() => this.SUBRULE(this.itemSurplus));
  });

  // ---- zone -------------------------------------------------------------------------------------------------------------

  zone = this.RULE('zone', () => {
    this.CONSUME(k.zone, keyword);
    this.CONSUME(role.ZoneName, name);
    this.CONSUME(Equals);
    this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => this.CONSUME(role.Prefix, value) });
    this.OPTION(() => {
      this.CONSUME(k.on);
      this.CONSUME(role.InterfaceName, on);
    });
    this.OPTION1(() => this.SUBRULE(this.statementSurplus));
  });

  // ---- network ----------------------------------------------------------------------------------------------------------

  network = this.RULE('network', () => {
    this.SUBRULE(this.networkHeader, { LABEL: 'header' });
    this.CONSUME(OpenBlock);
    this.MANY({
      GATE: this.#belowErrorLimit,
      DEF: () => {
        this.OR({
          DEF: [
            { ALT: () => this.SUBRULE(this.networkItem, item) },
            { ALT: () => this.SUBRULE(this.dnsItem, item) },
            { ALT: () => this.SUBRULE(this.unknownItem, item) },
          ],
          IGNORE_AMBIGUITIES: true,
        });
        this.CONSUME(EndOfItem, end);
      },
    });
    this.CONSUME(CloseBlock);
    this.OPTION(() => this.SUBRULE(this.statementSurplus));
  });

  networkHeader = this.RULE('networkHeader', () => {
    this.CONSUME(k.network, keyword);
    this.CONSUME(role.NetworkName, name);
    this.OPTION(() => {
      this.CONSUME(k.on);
      this.SUBRULE(this.placements);
    });
    this.OPTION1(() => this.SUBRULE(this.lineSurplus));
  });

  placements = this.RULE('placements', () => {
    this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => this.SUBRULE(this.placement) });
  });

  placement = this.RULE('placement', () => {
    this.CONSUME(role.HostName, name);
    this.OPTION(() => {
      this.CONSUME(k.via);
      this.CONSUME(role.InterfaceName, via);
    });
  });

  networkItem = this.RULE('networkItem', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(k.subnet, keyword);
          this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => this.CONSUME(role.InterfaceAddress, value) });
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.gateway, keyword);
          this.AT_LEAST_ONE_SEP1({ SEP: Comma, DEF: () => this.CONSUME(role.Address, value) });
        },
      },
      {
        ALT: () => {
          this.CONSUME(NetworkFlag, keyword);
          this.OPTION(() => this.CONSUME(role.Switch, value));
        },
      },
      {
        ALT: () => {
          this.OR1([{ ALT: () => this.CONSUME(k.bridge, keyword) }, { ALT: () => this.CONSUME(k.switch, keyword) }]);
          this.CONSUME(role.InterfaceName, name);
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.physical, keyword);
          this.CONSUME1(role.InterfaceName, name);
          this.CONSUME(k.on);
          this.CONSUME2(role.InterfaceName, on);
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.macvlan, keyword);
          this.CONSUME1(k.on);
          this.CONSUME3(role.InterfaceName, on);
        },
      },
      {
        ALT: () => {
          this.OR2([
            { ALT: () => this.CONSUME(k.mtu, keyword) },
            { ALT: () => this.CONSUME(k.vlan, keyword) },
            { ALT: () => this.CONSUME(k.vxlan, keyword) },
          ]);
          this.CONSUME(role.Number, value);
        },
      },
      {
        ALT: () => {
          this.CONSUME(k['gateway-mode'], keyword);
          this.CONSUME(role.GatewayMode, value);
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.spoofing, keyword);
          this.CONSUME(k.allowed);
          this.OPTION1(() => this.CONSUME1(role.Switch, value));
        },
      },
      {
        ALT: () => {
          this.CONSUME2(k.on, keyword);
          this.SUBRULE(this.placements);
        },
      },
    ]);
    this.OPTION2(() => this.SUBRULE(this.itemSurplus));
  });

  // ---- container --------------------------------------------------------------------------------------------------------

  container = this.RULE('container', () => {
    this.SUBRULE(this.containerHeader, { LABEL: 'header' });
    this.CONSUME(OpenBlock);
    this.MANY({
      GATE: this.#belowErrorLimit,
      DEF: () => {
        this.OR({
          DEF: [
            { ALT: () => this.SUBRULE(this.attach, item) },
            { ALT: () => this.SUBRULE(this.containerItem, item) },
            { ALT: () => this.SUBRULE(this.dnsItem, item) },
            { ALT: () => this.SUBRULE(this.unknownItem, item) },
          ],
          IGNORE_AMBIGUITIES: true,
        });
        this.CONSUME(EndOfItem, end);
      },
    });
    this.CONSUME(CloseBlock);
    this.OPTION(() => this.SUBRULE(this.statementSurplus));
  });

  containerHeader = this.RULE('containerHeader', () => {
    this.CONSUME(k.container, keyword);
    this.CONSUME(role.ContainerName, name);
    this.OPTION(() => this.SUBRULE(this.lineSurplus));
  });

  attach = this.RULE('attach', () => {
    this.SUBRULE(this.attachHeader, { LABEL: 'header' });
    this.OPTION(() => {
      this.CONSUME(OpenInner);
      this.MANY({
        GATE: this.#belowErrorLimit,
        DEF: () => {
          this.OR({
            DEF: [
              { ALT: () => this.SUBRULE(this.attachOption, item) },
              { ALT: () => this.SUBRULE(this.unknownOption, item) },
            ],
            IGNORE_AMBIGUITIES: true,
          });
          this.CONSUME(EndOfOption, end);
        },
      });
      this.CONSUME(CloseInner);
      this.OPTION1(() => this.SUBRULE(this.itemSurplus));
    });
  });

  attachHeader = this.RULE('attachHeader', () => {
    this.CONSUME(k.attach, keyword);
    this.CONSUME(role.NetworkName, name);
    this.MANY_SEP({ SEP: Comma, DEF: () => this.CONSUME(role.Address, value) });
    this.OPTION(() => this.SUBRULE(this.lineSurplus));
  });

  attachOption = this.RULE('attachOption', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(k.port, keyword);
          this.CONSUME(role.InterfaceName, name);
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.mac, keyword);
          this.CONSUME(role.Mac, value);
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.gateway, keyword);
          this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => this.CONSUME(role.Address, value) });
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.alias, keyword);
          this.AT_LEAST_ONE_SEP1({ SEP: Comma, DEF: () => this.CONSUME(role.Alias, value) });
          this.OPTION(() => {
            this.CONSUME(k.on);
            this.CONSUME(role.NetworkName, on);
          });
        },
      },
    ]);
    this.OPTION1(() => this.SUBRULE(this.lineSurplus));
  });

  containerItem = this.RULE('containerItem', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(k.network, keyword);
          this.CONSUME(role.NetworkMode, value);
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.expose, keyword);
          this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => this.CONSUME(role.Port, value) });
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.publish, keyword);
          this.AT_LEAST_ONE_SEP1({ SEP: Comma, DEF: () => this.CONSUME(role.Publication, value) });
          this.OPTION(() => {
            this.CONSUME(k.from, { LABEL: 'fromKeyword' });
            this.AT_LEAST_ONE_SEP2({ SEP: Comma, DEF: () => this.CONSUME(role.Subject, { LABEL: 'from' }) });
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.hostname, keyword);
          this.CONSUME(role.HostnameWord, value);
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.alias, keyword);
          this.AT_LEAST_ONE_SEP3({ SEP: Comma, DEF: () => this.CONSUME(role.Alias, value) });
          this.OPTION1(() => {
            this.CONSUME(k.on);
            this.CONSUME(role.NetworkName, on);
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.route, keyword);
          this.CONSUME(role.Destination, value);
          this.CONSUME(k.via);
          this.CONSUME(role.Address, via);
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.plumb, keyword);
          this.CONSUME(role.InterfaceName, name);
          this.AT_LEAST_ONE_SEP4({ SEP: Comma, DEF: () => this.CONSUME(role.InterfaceAddress, value) });
          this.OPTION2(() => {
            this.CONSUME1(k.via);
            this.CONSUME1(role.Address, via);
          });
          this.CONSUME1(k.on);
          this.CONSUME1(role.NetworkName, on);
        },
      },
    ]);
    this.OPTION3(() => this.SUBRULE(this.itemSurplus));
  });

  // ---- groups, services, links ------------------------------------------------------------------------------------------

  group = this.RULE('group', () => {
    this.CONSUME(k.group, keyword);
    this.CONSUME(role.GroupName, name);
    this.CONSUME(Equals);
    this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => this.CONSUME(role.Subject, value) });
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
    this.CONSUME(role.ContainerName, { LABEL: 'from' });
    this.CONSUME(Arrow);
    this.CONSUME1(role.ContainerName, { LABEL: 'to' });
    this.OPTION(() => {
      this.CONSUME(k.as);
      this.CONSUME(role.Alias, value);
    });
    this.OPTION1(() => this.SUBRULE(this.statementSurplus));
  });

  // ---- allow, deny, expect ----------------------------------------------------------------------------------------------

  subjects = this.RULE('subjects', () => {
    this.AT_LEAST_ONE_SEP({ SEP: Comma, DEF: () => this.CONSUME(role.Subject, value) });
  });

  services = this.RULE('services', () => {
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => {
        this.OR({
          DEF: [
            {
              ALT: () => {
                this.CONSUME(k.icmp, value);
                this.OPTION({
                  GATE: this.#beforeClause,
                  DEF: () => this.CONSUME(role.IcmpType, { LABEL: 'icmpType' }),
                });
              },
            },
            { ALT: () => this.CONSUME(role.Service, value) },
          ],
          IGNORE_AMBIGUITIES: true,
        });
      },
    });
  });

  access = this.RULE('access', () => {
    this.OR([{ ALT: () => this.CONSUME(k.allow, keyword) }, { ALT: () => this.CONSUME(k.deny, keyword) }]);
    this.SUBRULE(this.subjects, { LABEL: 'from' });
    this.CONSUME(Arrow);
    this.SUBRULE1(this.subjects, { LABEL: 'to' });
    this.OPTION({ GATE: this.#beforeClause, DEF: () => this.SUBRULE(this.services) });
    this.MANY(() => {
      this.OR1([
        {
          ALT: () => {
            this.CONSUME(k.log);
            this.CONSUME(Text, { LABEL: 'log' });
          },
        },
        { ALT: () => this.CONSUME(k.reject, { LABEL: 'reject' }) },
      ]);
    });
    this.OPTION1(() => this.SUBRULE(this.statementSurplus));
  });

  expect = this.RULE('expect', () => {
    this.CONSUME(k.expect, keyword);
    this.SUBRULE(this.subjects, { LABEL: 'from' });
    this.CONSUME(Arrow);
    this.SUBRULE1(this.subjects, { LABEL: 'to' });
    this.OPTION({ GATE: this.#beforeClause, DEF: () => this.SUBRULE(this.services) });
    this.OR([
      { ALT: () => this.CONSUME(k.allowed, { LABEL: 'outcome' }) },
      { ALT: () => this.CONSUME(k.blocked, { LABEL: 'outcome' }) },
      { ALT: () => this.CONSUME(k.rejected, { LABEL: 'outcome' }) },
      {
        ALT: () => {
          this.CONSUME(k.reaches, { LABEL: 'outcome' });
          this.CONSUME(role.ContainerName, { LABEL: 'reached' });
          this.OPTION1(() => this.CONSUME(role.Port, { LABEL: 'port' }));
        },
      },
      {
        ALT: () => {
          this.CONSUME(k.leaves, { LABEL: 'outcome' });
          this.CONSUME(k.as);
          this.CONSUME(role.Address, { LABEL: 'address' });
        },
      },
    ]);
    this.OPTION2(() => this.SUBRULE(this.statementSurplus));
  });

  // ---- connect, include -------------------------------------------------------------------------------------------------

  connect = this.RULE('connect', () => {
    this.CONSUME(k.connect, keyword);
    this.CONSUME(role.EndName, { LABEL: 'left' });
    this.CONSUME(role.Address, { LABEL: 'leftAddress' });
    this.CONSUME(DoubleArrow);
    this.CONSUME1(role.EndName, { LABEL: 'right' });
    this.CONSUME1(role.Address, { LABEL: 'rightAddress' });
    this.OPTION(() => this.SUBRULE(this.statementSurplus));
  });

  include = this.RULE('include', () => {
    this.CONSUME(k.include, keyword);
    this.CONSUME(Text, value);
    this.OPTION(() => this.SUBRULE(this.statementSurplus));
  });
}

/**
 * The one list of hard bounds. Every queue, map, recursion and retry cites an entry; beyond it is a documented refusal,
 * never growth. Settings may lower what is here, never raise it.
 */
export const limits = {
  /** Bytes of one SIP message, headers and body; beyond: 413 on a stream, 400/413 on a datagram. */
  messageBytesMax: 262_144,
  /** Bytes of the header section of one SIP message; beyond: 400 "Header Section Too Large". */
  headerBytesMax: 65_535,
  /** Header field lines of one message; beyond: 400. */
  headerLinesMax: 256,
  /** Bytes of one header field value; beyond: 400. */
  headerValueBytesMax: 16_384,
  /** Bytes of a method; beyond: it is no SIP message. */
  methodBytesMax: 128,
  /** Bytes of a Request-URI; beyond: 414. */
  uriBytesMax: 8_192,
  /** Parameters of one challenge or credentials; beyond: 400. */
  credentialParamsMax: 64,
  /** Values of one header field after splitting at commas (Via, Route, Contact); beyond: 400. */
  headerValuesMax: 128,
  /** Bytes of a body that PUBLISH or SUBSCRIBE may carry; beyond: 413. */
  bodyBytesMax: 65_536,
  /** Live transactions, completed ones not counted; beyond: 503 with Retry-After. */
  transactionsMax: 200_000,
  /** Live server transactions of one Call-ID, From tag and CSeq number; beyond: 503 with Retry-After. */
  transactionsPerGroupMax: 64,
  /** Completed server transactions kept for retransmissions (Timer J); beyond: the oldest generation goes. */
  completedTransactionsMax: 2_000_000,
  /** Accepted INVITEs sent on whose further 2xx still go on (Timer M); beyond: those of the older half are dropped. */
  acceptedBranchesMax: 1_000_000,
  /** Bytes of the responses of completed server transactions; beyond: the oldest generation goes. */
  completedBytesMax: 1_073_741_824,
  /** Stream connections open at once; beyond: new ones are closed and logged. */
  connectionsMax: 20_000,
  /** Domains of one certificate that its holder is reached for over a connection it began (RFC 5923); beyond: not over it. */
  aliasDomainsMax: 100,
  /** Peers and hosts that one cache of the transports, locate or DNS remembers; beyond: the cache is emptied. */
  peersRememberedMax: 16_384,
  /** Senders whose rate one limiter remembers; beyond: those least lately heard of begin anew. */
  ratesRememberedMax: 131_072,
  /** Bans in force at once; beyond: no further source is banned until one ends. */
  bansMax: 65_536,
  /** Datagrams that wait for room in the send buffer of one socket; beyond: they are dropped, and told as ENOBUFS to who asks. */
  datagramsWaitingMax: 1_024,
  /** Bytes of the datagrams that wait so; beyond: dropped likewise. */
  datagramBytesWaitingMax: 1_048_576,
  /** Questions put to DNS at once; beyond: a further one fails, and the request that needs it. */
  lookupsInFlightMax: 256,
  /** Records of one kind that are taken from one DNS answer; beyond: the rest are left out. */
  dnsRecordsMax: 32,
  /** Records of any kind in one DNS answer; beyond: it counts as malformed. */
  dnsAnswerRecordsMax: 512,
  /** Aliases (CNAME) that one look-up follows; beyond: it fails. */
  dnsAliasesMax: 8,
  /** Responses at once for which another way than their flow is looked for; beyond: they are lost. */
  responsesReroutedMax: 64,
  /** Questions that finding the destinations of one request may take; beyond: those found stand. */
  lookupsPerRequestMax: 40,
  /** Bytes of a URI that an ENUM rule makes; beyond: the rule is passed over. */
  enumUriBytesMax: 1_024,
  /** Instructions that the regular expression of an ENUM rule is compiled to; beyond: the rule is passed over. */
  enumInstructionsMax: 500,
  /** Groups and alternatives within each other in such an expression; beyond: the rule is passed over. */
  enumGroupsDeepMax: 32,
  /** Domains that non-terminal ENUM rules lead through, one after another (RFC 6116 §5.2.1); beyond: the rule is passed over. */
  enumDomainsDeepMax: 5,
  /** Rules whose expression is tried for one number; beyond: it counts as not found. */
  enumRulesMax: 32,
  /** Questions to DNS for one number; beyond: it counts as not found. */
  enumQuestionsMax: 12,
  /** Destinations that one request is sent to, one after another (RFC 3263 §4.3); beyond: the last outcome stands. */
  candidatesMax: 12,
  /** Bytes waiting to be written to one stream connection; beyond: the connection is closed and logged. */
  streamBacklogBytesMax: 1_048_576,
  /** Values of Accept-Contact and Reject-Contact in one request; beyond: 400 "Too Many Caller Preferences" (RFC 3841 §11). */
  callerPreferencesMax: 20,
  /** Values of feature tags that one set of capabilities or preferences may name; beyond: the rest is left out. */
  featureValuesMax: 128,
  /** Aliases that lead from one to the next; beyond: 482. */
  aliasesInARowMax: 8,
  /** Modules of an operator's extensions; beyond: the start is refused. */
  extensionModulesMax: 64,
  /** Targets that one request is sent to in all (RFC 3261 §16.6); beyond: those with the lowest q are left out. */
  branchesPerRequestMax: 60,
  /** Contacts that one address-of-record may have; beyond: 403 "Too Many Contacts". */
  contactsPerAorMax: 16,
  /** Characters of the Path of one REGISTER, which its bindings keep; beyond: 400 "Path Too Long". */
  pathLengthMax: 2_048,
  /** Contacts that have ended and are still to be told to watchers of registrations; beyond: the oldest go untold. */
  departuresMax: 10_000,
  /** Live publications of one resource and package; beyond: 503 with Retry-After. */
  publicationsPerResourceMax: 32,
  /** Live subscriptions to one resource and package; beyond: 503 with Retry-After. */
  subscriptionsPerResourceMax: 20_000,
  /** Live subscriptions one watcher may hold (a foreign list server holds many); beyond: 503 with Retry-After. */
  subscriptionsPerWatcherMax: 100_000,
  /** Live subscriptions that share one dialog; beyond: 503 with Retry-After. */
  subscriptionsPerDialogMax: 32,
  /** Live subscriptions of the process; beyond: 503 with Retry-After. */
  subscriptionsMax: 2_000_000,
  /** NOTIFY transactions in flight at once, server-wide; beyond: they wait in the pace queue. */
  notifiesInFlightMax: 4_000,
  /** NOTIFY bodies kept between two changes for all watchers of a view; beyond: all are rendered anew when asked for. */
  renderedViewsMax: 4_096,
  /** Texts that many subscriptions share (User-Agent, our Contact) kept once; beyond: each has its own copy. */
  sharedTextsMax: 4_096,
  /** Rows that one turn of the event loop sweeps, resumes or sends NOTIFYs for; the rest follow in the next turns. */
  rowsPerTurnMax: 200,
  /** Rows of one table; beyond: 503 with Retry-After. */
  rowsPerTableMax: 5_000_000,
  /** Changes waiting for commit; beyond: 503 with Retry-After. */
  changesPendingMax: 100_000,
  /** Nonces whose counts are remembered; beyond: the oldest generation goes and its users see stale=true. */
  noncesMax: 400_000,
  /** Nesting of XML elements; beyond: 400. */
  xmlDepthMax: 64,
  /** XML elements of one document; beyond: 413. */
  xmlElementsMax: 20_000,
  /** Attributes of one XML element; beyond: 400. */
  xmlAttributesMax: 64,
  /** XML namespace declarations in force at one place; beyond: 400. */
  xmlDeclarationsMax: 256,
  /** Presentities whose composed state is kept in memory; beyond: the least recent half is composed anew when asked for. */
  composedPresentitiesMax: 10_000,
  /** Published bodies whose meaning is remembered between check and composition; beyond: they are read anew when asked for. */
  rememberedBodiesMax: 64,
  /** Characters of them; beyond: likewise. */
  rememberedBodiesCharactersMax: 131_072,
  /** Bytes of a presence document composed of several publications; beyond: those that changed last are shown, the rest left out. */
  composedBytesMax: 131_072,
  /** Retries of one NOTIFY after a timeout before the subscription ends. */
  notifyRetriesMax: 3,
  /** Tasks waiting on one key of a keyed queue; beyond: 503 with Retry-After. */
  keyedQueueLengthMax: 64,
  /** Defects of ours (uncaught exceptions, unhandled rejections) borne in a minute; beyond: the process stops with status 1. */
  defectsPerMinuteMax: 60,
  /** Bytes of a configuration file; beyond: the start is refused. */
  configFileBytesMax: 1_048_576,
  /** Connections of command-line tools open at once on the control socket; beyond: new ones are closed. */
  controlConnectionsMax: 16,
  /** Bytes of one request line on the control socket; beyond: the connection is closed. */
  controlLineBytesMax: 262_144,
  /** Bytes of one answer line that a command-line tool takes; beyond: it closes the connection. */
  controlAnswerBytesMax: 2_097_152,
  /** Requests of one control connection that wait for their turn; beyond: the connection is closed. */
  controlRequestsWaitingMax: 64,
  /** Accounts in one `user.import` request on the control socket; beyond: the request is refused. */
  controlImportBatchMax: 5_000,
  /** Messages that one follower of the trace has not read yet; beyond: they are left out, and he is told how many. */
  traceQueueMax: 2_000,
  /** Bytes of them; beyond: likewise. */
  traceQueueBytesMax: 8_388_608,
  /** Calls that one follower of the trace keeps following; beyond: the one that began first is forgotten. */
  traceCallsMax: 10_000,
  /** Bytes of the capture file that wait for the disk; beyond: messages are left out, and counted. */
  captureBytesWaitingMax: 16_777_216,
} as const;

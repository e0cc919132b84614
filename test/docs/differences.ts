// What shows each row of docs/differences-from-otp.md: its first cell, and where it stands: a title of a test, a reason why a sentence
// of the manual is left out (`const ...`), a `Differs:` of a docstring. Read by differences.test.ts.

/** `path: text`; the file at this path has this text. */
export type Proof = string

export const ROWS: readonly (readonly [row: string, ...Proof[]])[] = [
  [
    '`exit(Pid, kill)` ends a process between two of its steps',
    'test/runtime/self.test.ts: a kill in the middle of a callback lets nothing of the rest through',
    'test/runtime/self.test.ts: signal aborts when the process ends, with the exit reason',
  ],
  [
    'a scheduler counts reductions and preempts',
    'test/runtime/run-queue.test.ts: a process with a full mailbox lets the others run after turnMessages',
    'test/runtime/slice.test.ts: ends when its time is over, and the next one begins after the event loop had its turn',
  ],
  ['messages are copied', 'test/runtime/send.test.ts: messages are passed by reference'],
  [
    '`self()`, `link/1`, `monitor/2` everywhere in a process',
    'test/runtime/free.test.ts: %s works inside a process and says what to do outside and after an await',
    'test/runtime/self.test.ts: every operation is right after an await',
  ],
  [
    '`receive` has any number of clauses',
    'test/runtime/receive.test.ts: two receives of one process at once are refused',
    'test/runtime/receive.test.ts: one that init started and did not await takes no message',
  ],
  [
    "`{'EXIT', Pid, Reason}`, `{timeout, Ref, Msg}` are tuples that anybody can make",
    'test/base/messages.test.ts: look-alikes, copies and parsed JSON are not real ones',
    'src/base/messages.ts: a message that was made by hand is told apart',
    'test/otp/manual/gen_server.test.ts: differs: Info is either the atom timeout, if a time-out has occurred, or the received message.',
  ],
  [
    "`monitor/3` with `{tag, T}` has `T` in the place of `'DOWN'`",
    'test/runtime/links.test.ts: a tag is a field of DOWN; its type stays DOWN',
  ],
  [
    '`demonitor` with `flush` also takes a message in the shape of a `DOWN`',
    'test/otp/scenarios/README.md: there `demonitor` with `flush` also removes a message that a user made up in the',
    'test/runtime/links.test.ts: flush takes out the DOWN of this monitor and no other message',
  ],
  [
    'an error ends a process with `{Reason, Stack}`',
    'test/runtime/exit.test.ts: a throw ends it with a crash; an exit that is caught and thrown again is still the exit',
  ],
  ['`throw(V)`', "test/runtime/exit.test.ts: nocatch ends it with the crash ['nocatch', value]"],
  ['a process lives in a node, code in a process', 'test/runtime/call.test.ts: the from of a call from outside has no pid'],
  ['one node in a program', 'test/runtime/node.test.ts: nodes share nothing: names, pids and timers are their own'],
  [
    '`process_info` has memory, reductions, stacks',
    'test/runtime/info.test.ts: an unknown item is refused and the known ones are named',
    'test/runtime/info.test.ts: status tells waiting for a message from waiting for a foreign promise',
  ],
  ['pids of other nodes', 'test/runtime/remote.test.ts: a call fails with noconnection'],
  [
    'a call that fails exits the caller',
    'test/otp/manual/gen_event.test.ts: differs: When this call fails it exits the calling process.',
    'test/otp/manual/sys.test.ts: differs: "If the process does not respond, the function evaluates exit({timeout, {M, F, A}})."',
  ],
  [
    'the reason has `{gen_server, call, Args}` behind it',
    'test/otp/manual/gen_server.test.ts: const LOCATION',
    'test/otp/manual/gen_event.test.ts: const LOCATION',
    'test/otp/manual/gen_statem.test.ts: const LOCATION',
  ],
  [
    'a reply comes through the mailbox',
    'test/runtime/call.test.ts: leaves nothing in the mailbox of the caller, and no monitor',
    'test/otp/scenarios/README.md: a second reply that comes before the caller has taken the first is dropped',
    'test/otp/manual/gen_statem.test.ts: const PROXY',
  ],
  [
    '`send_after` up to 4 294 967 295 ms',
    'test/otp/manual/gen_server.test.ts: differs: 0..4294967295: Timeout relative to current time in milliseconds.',
    'test/runtime/timers.test.ts: the longest delay is taken, and with the system clock no warning comes',
  ],
  [
    "time is the machine's",
    'test/runtime/node.test.ts: the clock is the one that was given',
    "src/runtime/free.ts: the delay runs on the node's clock, so tests can turn it.",
  ],
  [
    '`{abs, true}`, `{abs, Timeout}`',
    'test/otp/manual/gen_server.test.ts: const ABSOLUTE',
    'test/otp/manual/gen_event.test.ts: const ABSOLUTE',
    'test/otp/manual/gen_statem.test.ts: const ABSOLUTE',
  ],
  [
    'a new process may run at once, beside you',
    'test/runtime/run-queue.test.ts: a process never runs under the feet of the one who sends to it or spawns it',
  ],
  [
    'callbacks, calls and starts answer when they are done',
    'test/behaviours/gen-server.test.ts: an async callback holds everything else back: one message at a time',
  ],
  [
    '`handle_call` is one function with clauses',
    'test/behaviours/gen-server.test.ts: clauses are found by the type of the request; each gets the whole request',
  ],
  [
    'a wrong module becomes a process that fails',
    'test/otp/scenarios/README.md: a wrong module (no `callbackMode`, no `init`) is refused by the start function',
    'src/behaviours/gen-statem.ts: a wrong `callbackMode` is refused here',
    'test/behaviours/gen-statem.test.ts: a wrong module is refused, with what was allowed and what came',
  ],
  [
    'the name of a server whose `init` took too long is free a moment later',
    'test/otp/scenarios/README.md: the name of a server whose `init` took too long is free when start answers',
  ],
  [
    '`stop` of a server that ends by itself at that moment may fail',
    'test/otp/scenarios/README.md: `stop` of a server that ends by itself before it has heard of it',
  ],
  [
    '`hibernate` gives memory back',
    'test/otp/manual/gen_server.test.ts: const HIBERNATE',
    'test/otp/manual/gen_event.test.ts: const HIBERNATE',
    'test/otp/manual/gen_statem.test.ts: const HIBERNATE',
  ],
  [
    'a crash gives two reports',
    'test/behaviours/gen-server.test.ts: a crash says who, why, where, after which message and in which state',
  ],
  [
    'a timeout of 0 that waits and is set to a time is forgotten',
    'test/behaviours/gen-statem-timers.test.ts: differs: a waiting timeout of 0 that is set to a time starts with that time',
  ],
  [
    'a new event handler that answers `hibernate` crashes',
    'test/behaviours/gen-event.test.ts: differs: the new init may answer hibernate, which OTP 25 takes for a crash though its manual allows it',
  ],
  [
    'a swap of callback modules, `{abs, true}` as actions of `gen_statem`',
    'test/otp/manual/gen_statem.test.ts: an action that is left out is refused: %j',
  ],
  [
    '`sys:get_state` of a process that is no server times out',
    'test/behaviours/sys.test.ts: a plain process does not: each function refuses it at once, by pid and by name',
  ],
  [
    '`replace_state` with a function that fails exits with `{callback_failed, ...}`',
    'test/otp/manual/sys.test.ts: differs: "the caller exits with error {callback_failed, StateFun, {Class, Reason}}."',
  ],
  [
    '`sys:trace` prints',
    'test/otp/manual/sys.test.ts: differs: a node with a logger of its own logs the events, and a function may take them instead',
    'test/otp/manual/sys.test.ts: const TRACE',
  ],
  [
    '`sys:statistics` has reductions and dates',
    'src/behaviours/system.ts: no reductions.',
    'test/behaviours/sys.test.ts: times are whole milliseconds, whatever the clock of the node says',
  ],
  ['special processes use `sys:handle_system_msg`', 'test/otp/manual/sys.test.ts: const FUNCTION'],
  [
    '`start_link` only',
    'src/behaviours/supervisor.ts: OTP has no start without a link.',
    'test/behaviours/supervisor-specs.test.ts: startLink outside a process says what to use instead',
  ],
  [
    '`{M, F, A}` starts a child; flags and specs may be tuples',
    'test/otp/manual/supervisor-child-spec.test.ts: differs: start defines the function call used to start the child process.',
    'test/otp/manual/supervisor.test.ts: const TUPLES',
    "test/behaviours/supervisor-specs.test.ts: OTP's name of a flag",
  ],
  [
    '`init(Args)` of a supervisor',
    'test/otp/manual/supervisor.test.ts: differs: Args is the Args argument provided to the start function.',
  ],
  ['restarts are counted in seconds', 'test/behaviours/supervisor-policy.test.ts: intensity 1: both ends of the period count'],
  [
    'children of `simple_one_for_one` that are dead are not looked for',
    'test/otp/manual/supervisor-children.test.ts: differs: For a simple_one_for_one supervisors, no check is done to ensure that each child process is still alive',
  ],
  [
    'a child that is not linked goes unnoticed, and does not hear the end',
    'test/behaviours/supervisor-start.test.ts: is reported, which child and what to use: at the first start, of startChild, at a restart',
    'test/behaviours/supervisor-start.test.ts: a server that traps exits ends with its terminate, also when it is suspended or was linked by hand',
  ],
  [
    'a stray call or cast ends a supervisor',
    'test/behaviours/supervisor.test.ts: a stray call fails for who called; the supervisor lives, and its children do not notice',
    'test/otp/scenarios/README.md: a stray call or cast to a supervisor does not end it',
  ],
  [
    'a dynamic child that answers `ignore` at its restart stays as `undefined`',
    'test/otp/scenarios/README.md: a dynamic child that answers `ignore` at its restart is forgotten',
    'test/behaviours/dynamic-supervisor.test.ts: a restart that is ignored: the child is gone',
  ],
  [
    'what restarts is a process, always',
    'src/sockets/options.ts: the process lives on, so that its connection does',
    'test/sockets/socket.test.ts: connection, pid and mailbox stay; what the callbacks made is undone; terminate runs for each incarnation',
  ],
  [
    '`application:start` starts what it needs only by `ensure_all_started`',
    'src/behaviours/application.ts: what it needs is started too, as by `ensure_all_started/1`.',
    'test/otp/manual/application.test.ts: differs: "Note this function makes no attempt to start any of the applications listed in applications',
  ],
  [
    'the end of a permanent application ends the Erlang node',
    'test/otp/manual/application.test.ts: differs: "If a permanent application terminates, all other applications and the entire Erlang node are also terminated."',
    'test/otp/manual/application.test.ts: differs: "abnormally, all other applications and the entire Erlang node are also terminated."',
  ],
  [
    'the state of an application defaults to `[]`',
    'test/otp/manual/application.test.ts: differs: "If omitted, State defaults to []."',
  ],
  [
    'a second `Task.await` (Elixir) waits until its timeout',
    "src/behaviours/task-outcome.ts: a second await is refused at once, Elixir's waits until its timeout.",
    'test/behaviours/task.test.ts: differs: a second await is refused at once, where Elixir waits for its timeout',
  ],
  [
    '`pg:join` of nobody makes an empty group',
    'test/otp/manual/pg.test.ts: differs: in OTP 25 joining nobody at all leaves an empty group behind',
    'test/otp/scenarios/README.md: `pg:join` with an empty list makes no group',
  ],
  [
    'the default scope of `pg` starts if the kernel is told so',
    'test/otp/manual/pg.test.ts: differs: "Default scope pg is started automatically when kernel(7) is configured to do so."',
  ],
  [
    'hot code upgrade: `code_change`, `sys:change_code`, releases, `modules` of a child',
    'test/otp/manual/gen_server.test.ts: const CODE',
    'test/otp/manual/gen_event.test.ts: const CODE',
    'test/otp/manual/gen_statem.test.ts: const CODE',
    'test/otp/manual/sys.test.ts: const CODE',
    'test/otp/manual/supervisor.test.ts: const RELEASES',
  ],
  [
    'distribution, `global`, `{via, ...}`, distributed applications',
    'test/otp/manual/gen_server.test.ts: const DISTRIBUTED',
    'test/otp/manual/gen_event.test.ts: const DISTRIBUTED',
    'test/otp/manual/gen_statem.test.ts: const DISTRIBUTED',
    'test/otp/manual/pg.test.ts: const DISTRIBUTED',
    'test/otp/manual/application.test.ts: const DISTRIBUTED',
    'test/otp/manual/supervisor.test.ts: const NAMES',
  ],
  ['`enter_loop`', 'test/otp/manual/gen_server.test.ts: const ENTER', 'test/otp/manual/gen_statem.test.ts: const ENTER_LOOP'],
  [
    'request id collections, `reqids_new`',
    'test/otp/manual/gen_server.test.ts: const COLLECTIONS',
    'test/otp/manual/gen_event.test.ts: const COLLECTIONS',
    'test/otp/manual/gen_statem.test.ts: const COLLECTIONS',
  ],
  [
    '`format_status`',
    'test/otp/manual/gen_server.test.ts: const FORMAT',
    'test/otp/manual/gen_event.test.ts: const FORMAT',
    'test/otp/manual/gen_statem.test.ts: const STATUS',
  ],
  [
    '`debug`, `spawn_opt` and `hibernate_after` as start options',
    'test/otp/manual/gen_server.test.ts: const SPAWN',
    'test/otp/manual/gen_statem.test.ts: const OPTIONS',
  ],
  ['`change_callback_module` and its like', 'test/otp/manual/gen_statem.test.ts: const MODULES'],
  [
    'application environments, `load`, included applications',
    'test/otp/manual/application.test.ts: const ENV',
    'test/otp/manual/application.test.ts: const LOADED',
  ],
  ['group leaders', 'test/otp/manual/application.test.ts: const LEADER'],
  ['ETS', 'test/otp/manual/pg.test.ts: there are no ETS tables; the table is a Map of the scope'],
]

// The actor and the growth programs: what one operation is, the goal, and whom they are compared with. A goal is a ratio to the
// BEAM in the same run, for `bytes_...` so many bytes, for the growth programs the dearest size to the cheapest.

export interface ActorProgram {
  readonly program: string
  readonly what: string
  readonly goal: number | null
  /** The name of the program on the other sides, where that is not the same one. */
  readonly twin?: string
}

export const ACTOR_PROGRAMS: readonly ActorProgram[] = [
  { program: 'spawn_exit', what: 'spawn, one message back, exit', goal: 1 },
  { program: 'spawn_idle', what: 'spawn a process that waits', goal: null },
  { program: 'bytes_per_idle_process', what: 'heap of a process that waits', goal: null },
  { program: 'spawn_idle_cb', what: 'spawn a callback process that waits', goal: null, twin: 'spawn_idle' },
  {
    program: 'bytes_per_idle_process_cb',
    what: 'heap of a callback process that waits',
    goal: 450,
    twin: 'bytes_per_idle_process',
  },
  { program: 'ping_pong', what: 'one round trip of two processes', goal: 0.2 },
  { program: 'ping_pong_fn', what: 'the same, function processes', goal: 1, twin: 'ping_pong' },
  { program: 'counting', what: 'one message to one counter', goal: 0.5 },
  { program: 'ring_503', what: 'one hop in a ring of 503', goal: 0.2 },
  { program: 'fjthrput_60x10000', what: 'one message of 10 000 to each of 60', goal: 0.5 },
  { program: 'big_120x1000', what: 'one ping and pong among 120', goal: 0.2 },
  { program: 'timer_set_cancel', what: '`sendAfter` and cancel', goal: 1 },
  { program: 'timer_fire', what: '`sendAfter` that fires', goal: 1 },
  { program: 'link_exit', what: 'spawn linked, exit, signal seen', goal: 1 },
  { program: 'monitor_down', what: 'spawn monitored, exit, DOWN seen', goal: 1 },
  { program: 'selective_backlog_5000', what: 'selective receive past 5 000 messages', goal: 1 },
  { program: 'gen_server_call', what: 'one call and its reply', goal: 0.5 },
  { program: 'supervisor_restart', what: 'a child ends, report, restart', goal: 1 },
  { program: 'dynamic_children_start', what: '`startChild` of one of 100 000', goal: null },
  { program: 'dynamic_children_stop', what: 'one of 100 000 that end with their supervisor', goal: null },
]

export interface GrowthProgram {
  readonly program: string
  readonly what: string
  readonly goal: number
}

export const GROWTH_PROGRAMS: readonly GrowthProgram[] = [
  { program: 'ring', what: 'one hop, live processes in the ring', goal: 1.5 },
  { program: 'pair_among', what: 'one round trip of two, processes that wait', goal: 1.5 },
  { program: 'timers_pending_cancel', what: '`sendAfter` and cancel, timers that are pending', goal: 2 },
  { program: 'timers_pending_fire', what: '`sendAfter` that fires, timers that are pending', goal: 2 },
  { program: 'selective_growth', what: 'one more unwanted message, messages rejected before', goal: 1.5 },
]

/** What processes may use of a turn of the event loop (`drainMs`, its default), and 10 ms for all that is not theirs. */
export const FLOOD_GOAL_MS = 5 + 10

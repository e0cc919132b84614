// The life of a supervisor of two children as its outside sees it: an xstate machine from which the paths are derived, and what
// each step should be seen to do. Written from the manual, without a look at the policy.
import { assign, setup } from 'xstate'

export type Id = 'a' | 'b'
export type Status = 'up' | 'down' | 'restarting'
export type ModelStrategy = 'oneForOne' | 'oneForAll' | 'restForOne'
export type RequestType = 'terminate' | 'restart' | 'delete' | 'start'
/** What a request about a child is answered; `pid` stands for the pid of the child. */
export type Answer = 'ok' | readonly ['ok', 'pid'] | readonly ['error', unknown]
export interface Context {
  readonly strategy: ModelStrategy
  /** In the order of their start; who is not in it was deleted. `a` is permanent, `b` transient. */
  readonly children: readonly (readonly [Id, Status])[]
  /** Within the period. */
  readonly restarts: number
  readonly gaveUp: boolean
}
export type Event =
  /** A child ends. If it is restarted, the start of `failing` fails; `meanwhile` is asked about that one before it is tried again. */
  | {
      readonly type: 'crash'
      readonly child: Id
      readonly reason: 'boom' | 'shutdown'
      readonly failing?: Id
      readonly meanwhile?: RequestType
    }
  | { readonly type: 'retry'; readonly failing?: Id; readonly meanwhile?: RequestType }
  | { readonly type: 'ask'; readonly what: RequestType; readonly child: Id; readonly fails?: true }
  | { readonly type: 'pass' }
  | { readonly type: 'stop' }
  | { readonly type: 'kill' }
/** What a step does: the children afterwards, who ended and started in which order, and the answer. */
export interface Outcome {
  readonly context: Context
  readonly log: readonly string[]
  readonly answer?: Answer
}

export const INTENSITY = 1
export const PERIOD_MS = 1000

const statusOf = ({ children }: Context, id: Id): Status | undefined => children.find(([one]) => one === id)?.[1]
const isRestarting = ({ children }: Context): boolean => children.some(([, status]) => status === 'restarting')
function set(context: Context, id: Id, status: Status): Context {
  return { ...context, children: context.children.map((one) => (one[0] === id ? ([id, status] as const) : one)) }
}
/** All that run end, last started first. */
const ends = (children: Context['children'], reason: string): string[] =>
  children.flatMap(([id, status]) => (status === 'up' ? [`-${id} ${reason}`] : [])).toReversed()

function restarted(before: Context, id: Id, failing: Id | undefined): Outcome {
  if (before.restarts === INTENSITY)
    return { context: { ...before, children: [], restarts: 0, gaveUp: true }, log: ends(before.children, 'shutdown') }
  const first = before.children.findIndex(([one]) => one === id)
  const from = { oneForOne: first, restForOne: first, oneForAll: 0 }[before.strategy]
  const group = before.children.slice(from, before.strategy === 'oneForOne' ? first + 1 : undefined)
  const log = ends(group, 'shutdown')
  let context = group.reduce((now, [one]) => set(now, one, 'down'), { ...before, restarts: before.restarts + 1 })
  for (const [one] of group) {
    context = set(context, one, one === failing ? 'restarting' : 'up')
    if (one === failing) break
    log.push(`+${one}`)
  }
  return { context, log }
}

function asked(context: Context, what: RequestType, id: Id, fails = false): Outcome {
  const status = statusOf(context, id)
  const refused = (why: unknown): Outcome => ({ context, log: [], answer: ['error', why] })
  if (what === 'start') {
    if (status !== undefined) return refused(status === 'up' ? ['already_started', 'pid'] : 'already_present')
    if (fails) return refused(['not_now', 'spec'])
    return { context: { ...context, children: [...context.children, [id, 'up']] }, log: [`+${id}`], answer: ['ok', 'pid'] }
  }
  if (status === undefined) return refused('not_found')
  if (what === 'terminate')
    return { context: set(context, id, 'down'), log: status === 'up' ? [`-${id} shutdown`] : [], answer: 'ok' }
  if (status !== 'down') return refused(status === 'up' ? 'running' : 'restarting')
  if (what === 'delete')
    return { context: { ...context, children: context.children.filter(([one]) => one !== id) }, log: [], answer: 'ok' }
  return fails ? refused('not_now') : { context: set(context, id, 'up'), log: [`+${id}`], answer: ['ok', 'pid'] }
}

/** What comes of it. */
export function outcome(context: Context, event: Event): Outcome {
  const { type } = event
  if (type === 'pass') return { context: { ...context, restarts: 0 }, log: [] }
  if (type === 'stop') return { context: { ...context, children: [] }, log: ends(context.children, 'shutdown') }
  // Killed: its children die by their links, the first linked first.
  if (type === 'kill') return { context: { ...context, children: [] }, log: ends(context.children, 'killed').toReversed() }
  if (type === 'ask') return asked(context, event.what, event.child, event.fails)
  return attempted(context, event)
}
function attempted(context: Context, event: Extract<Event, { type: 'crash' } | { type: 'retry' }>): Outcome {
  const first = event.type === 'crash' ? crashed(context, event) : restarted(context, restartingOf(context), event.failing)
  if (event.meanwhile === undefined || first.context.gaveUp) return first
  const second = asked(first.context, event.meanwhile, event.failing as Id)
  return { ...second, log: [...first.log, ...second.log] }
}
function restartingOf({ children }: Context): Id {
  return (children.find(([, status]) => status === 'restarting') as readonly [Id, Status])[0]
}
function crashed(context: Context, { child, reason, failing }: Extract<Event, { type: 'crash' }>): Outcome {
  const ended = set(context, child, 'down')
  if (child === 'b' && reason === 'shutdown') return { context: ended, log: [`-${child} ${reason}`] }
  const { context: after, log } = restarted(ended, child, failing)
  return { context: after, log: [`-${child} ${reason}`, ...log] }
}

/** Every event there is, `failing` and `meanwhile` in every way. */
export const EVENTS: readonly Event[] = [
  ...(['a', 'b'] as const).flatMap((child): Event[] => [
    ...(['boom', 'shutdown'] as const).flatMap((reason) =>
      attempts().map((attempt) => ({ type: 'crash', child, reason, ...attempt }) as const),
    ),
    ...(['terminate', 'restart', 'delete', 'start'] as const).map((what) => ({ type: 'ask', what, child }) as const),
    { type: 'ask', what: 'restart', child, fails: true },
    { type: 'ask', what: 'start', child, fails: true },
  ]),
  ...attempts().map((attempt) => ({ type: 'retry', ...attempt }) as const),
  { type: 'pass' },
  { type: 'stop' },
  { type: 'kill' },
]
function attempts(): { readonly failing?: Id; readonly meanwhile?: RequestType }[] {
  const requests = [undefined, 'terminate', 'restart', 'delete', 'start'] as const
  const failing = (['a', 'b'] as const).flatMap((id) =>
    requests.map((what) => ({ failing: id, ...(what && { meanwhile: what }) })),
  )
  return [{}, ...failing]
}

/** Can it happen? A child that crashes runs; a start that fails is tried at all; a request about it finds it restarting. */
function canHappen(context: Context, event: Event): boolean {
  if (event.type === 'crash' && statusOf(context, event.child) !== 'up') return false
  if (event.type === 'ask' && event.fails) return outcome(context, { ...event, fails: undefined } as never).log.length > 0
  if ((event.type !== 'crash' && event.type !== 'retry') || event.failing === undefined) return true
  const { meanwhile: _meanwhile, ...attempt } = event
  return statusOf(outcome(context, attempt as Event).context, event.failing) === 'restarting'
}

/** The chart: steady, between two attempts to start a child, given up, ended from outside. */
export const supervisorLife = setup({
  types: { context: {} as Context, events: {} as Event, input: {} as { readonly strategy: ModelStrategy } },
  guards: {
    canHappen: ({ context, event }) => canHappen(context, event),
    isRestarting: ({ context }) => isRestarting(context),
    isSteady: ({ context }) => !isRestarting(context),
    hasGivenUp: ({ context }) => context.gaveUp,
  },
  actions: { happen: assign(({ context, event }) => outcome(context, event).context) },
}).createMachine({
  id: 'supervisor',
  context: ({ input }) => ({
    strategy: input.strategy,
    children: [
      ['a', 'up'],
      ['b', 'up'],
    ],
    restarts: 0,
    gaveUp: false,
  }),
  initial: 'steady',
  on: {
    stop: { target: '.ended', actions: 'happen' },
    kill: { target: '.ended', actions: 'happen' },
    pass: { actions: 'happen' },
  },
  states: {
    steady: {
      always: [
        { guard: 'hasGivenUp', target: 'gaveUp' },
        { guard: 'isRestarting', target: 'restarting' },
      ],
      on: { crash: { guard: 'canHappen', actions: 'happen' }, ask: { guard: 'canHappen', actions: 'happen' } },
    },
    restarting: {
      always: [
        { guard: 'hasGivenUp', target: 'gaveUp' },
        { guard: 'isSteady', target: 'steady' },
      ],
      on: { retry: { guard: 'canHappen', actions: 'happen' } },
    },
    gaveUp: { type: 'final' },
    ended: { type: 'final' },
  },
})

// A listener as the child of a supervisor: started by it, drained when it is told to end, started again when it was killed.
// Entered by users; calls what they give it (listen or attach) and ties the listener's process to the supervisor.
import { rejectUnknown, requireFunction } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import { isPid } from '../base/pid.js'
import type { ChildId, ChildSpec, Restart, Shutdown } from '../behaviours/child-spec.js'
import { processOf } from '../runtime/process.js'
import type { MaybePromise } from '../runtime/self-types.js'
import { adopt, type Listener } from '../sockets/listener.js'

/**
 * How the supervisor treats a listener.
 *
 * @example
 * const options: ListenerChildOptions = { restart: 'transient', shutdown: 10_000 }
 * listenerChild('web', () => listen({ port: 0, routes: [] }), options).shutdown // => 10_000
 * @see OTP `supervisor`, "child_spec()"
 */
export interface ListenerChildOptions {
  /** Is it started again after its end? Default 'permanent': always. */
  readonly restart?: Restart
  /** How long it may take to end, in ms. Default 'infinity': a drain ends by itself after the listener's `drainMs`. */
  readonly shutdown?: Shutdown
  /** Does its end end the supervisor, where `autoShutdown` says so? Default false. */
  readonly significant?: boolean
}

/**
 * Makes the child spec of a listener. When the supervisor, its application or a SIGTERM to the program (`application.run`)
 * ends it, it drains: new upgrades get 503 and `Retry-After`, sockets close with 1012 one after the other, and all is over
 * within the listener's `drainMs`.
 *
 * @param id - by which the supervisor knows it
 * @param start - makes the listener, with `listen` or `attach`; runs in the supervisor at each start
 * @param options - restart, shutdown, significant; default `{}`
 * @returns the spec, for a supervisor or an application
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no function; `GENSOCK_ERR_UNKNOWN_OPTION` - of the options
 * @example
 * const start = () => listen({ port: 0, host: '127.0.0.1', routes: [route('/ws', echo)], drainMs: 2000 })
 * const tree = unwrap(await supervisor.start({ children: [listenerChild('web', start)] }))
 * const children = await supervisor.countChildren(tree) // => { specs: 1, active: 1, supervisors: 1, workers: 0 }
 * await supervisor.stop(tree)
 * @see Ranch 2, `ranch:child_spec/5`
 */
export function listenerChild(id: ChildId, start: () => MaybePromise<Listener>, options: ListenerChildOptions = {}): ChildSpec {
  requireFunction('listenerChild: start', start)
  rejectUnknown('listenerChild', options, ['restart', 'shutdown', 'significant'])
  return {
    id,
    type: 'supervisor',
    shutdown: 'infinity',
    ...options,
    async start(self) {
      const listener = await start()
      const pid: unknown = (listener as Partial<Listener> | undefined)?.pid
      if (!isPid(pid)) throw new BadArgError('listenerChild: start', 'a function that answers a listener', listener)
      const supervisor = processOf(self.pid)
      if (supervisor !== undefined) adopt(supervisor, pid)
      else await listener.drain({ deadlineMs: 0 }) // it was killed while the listener came up
      return ['ok', pid]
    },
  }
}

// A listener as the child of a supervisor: started by it, drained when it is told to end, started again when it was killed.
// Entered by users; calls what they give it (listen or attach) and ties the listener's process to the supervisor.
import { rejectUnknown, requireFunction } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import { isPid } from '../base/pid.js'
import type { ChildId, ChildSpec, Restart, Shutdown } from '../behaviours/child-spec.js'
import { type Process, processOf } from '../runtime/process.js'
import type { MaybePromise } from '../runtime/self-types.js'
import { adopt, type Listener } from '../sockets/listener.js'

/** How the supervisor treats a listener. */
export interface ListenerChildOptions {
  /** Default 'permanent'. */
  readonly restart?: Restart
  /** Default 'infinity': a drain ends by itself after the listener's `drainMs`. */
  readonly shutdown?: Shutdown
  /** Default false. */
  readonly significant?: boolean
}

/**
 * The child spec of a listener. When the supervisor, its application or a SIGTERM to the program (`application.run`) ends it, it drains:
 * new upgrades get 503 + `Retry-After`, sockets close with 1012 one after the other, and all is over within the listener's `drainMs`.
 *
 * @param id - by which the supervisor knows it
 * @param start - makes the listener, with `listen` or `attach`; runs in the supervisor at each start
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION`
 * @example
 * const web = listenerChild('web', () => listen({ port: 0, routes: [route('/ws', echo)], drainMs: 2000 }))
 * await supervisor.start({ children: [web] })
 * @see OTP `ranch:child_spec/5` of Cowboy's listeners
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
      adopt(processOf(self.pid) as Process, pid)
      return ['ok', pid]
    },
  }
}

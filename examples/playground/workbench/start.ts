// The server side of the "Workbench" tab: its inspector, its feed, and the routes of the handlers that no other tab serves.
import { type AnyPid, self, send, supervisor, type SupervisorPid, unwrap, whereis } from 'gensock'
import { bullet } from 'gensock/bullet'
import { cowboy08, cowboy10, cowboy20pre, cowboy2 } from 'gensock/cowboy'
import { type Route, route, type SocketHandler } from 'gensock/socket'
import { clock } from '../../bullet/bullet.js'
import { guide } from '../../hello/hello.js'
import { newChild as turnstileChild, handler as turnstileHandler } from '../../turnstile/turnstile.js'
import { guide2 } from '../handlers/cowboy2.js'
import { guide20pre } from '../handlers/cowboy20pre.js'
import { echo } from '../handlers/echo.js'
import { type Watcher, watched } from '../watcher.js'
import { workbenchFeed } from './feed.js'
import { INSPECTOR, inspectorChild } from './inspector.js'

export interface Workbench {
  readonly tree: SupervisorPid
  readonly routes: readonly Route[]
}

/** `names`: of processes that have no supervisor and no name, for the tree. */
export async function startWorkbench(watcher: Watcher, names: ReadonlyMap<AnyPid, string>): Promise<Workbench> {
  const tree = unwrap(await supervisor.start({ children: [inspectorChild(names), turnstileChild()] }, { name: 'workbench' }))
  const seen = <S, M>(name: string, handler: SocketHandler<S, M>): Route => route(`/ws/${name}`, watched(name, handler, watcher))
  return {
    tree,
    routes: [
      seen('hello', cowboy08(guide)),
      seen('cowboy10', cowboy10(guide)),
      seen('cowboy20pre', cowboy20pre(guide20pre)),
      seen('cowboy2', cowboy2(guide2)),
      seen('bullet', bullet(clock(print))),
      seen('echo', echo),
      seen('turnstile', turnstileHandler),
      seen('workbench', workbenchFeed),
    ],
  }
}

/** To the log of whoever looks on; while the inspector is being restarted, to nobody. */
function print(text: string): void {
  const isThere = whereis('inspector') !== undefined
  if (isThere) send(INSPECTOR, { type: 'printed', pid: String(self()), text })
}

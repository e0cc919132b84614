// The playground's server: the static page over node:http, the WebSocket routes attached to it, the watcher process, the inspector of the
// "Workbench" tab, the demo application of the "Supervision" tab, the rooms of the "Chat" tab, the room of the "Cursors" tab, the sessions of the "Zotonic" tab, and the
// service of the "Chicago Boss" tab.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AnyPid, exit, supervisor, unwrap } from 'gensock'
import { attach, route } from 'gensock/socket'
import { rooms } from '../chat/chat.js'
import { cursorHandler, cursorRoom } from '../cursors/cursors.js'
import { startBoss } from './boss/start.js'
import { bundled } from './bundled.js'
import { shownChat } from './chat-shown.js'
import { crowdChild, crowdFeed } from './cursors.js'
import { slowListener } from './slow.js'
import { staticPage } from './static.js'
import { supervisionFeed } from './supervision/handler.js'
import { startSupervision } from './supervision/start.js'
import { startWatcher, statusFeed, watched } from './watcher.js'
import { entriesWithCode } from './workbench/entries.js'
import { startWorkbench } from './workbench/start.js'
import { startZotonic } from './zotonic/start.js'

const STOP_MS = 1000

export interface Playground {
  readonly port: number
  readonly url: string
  /** Closes every socket with 1012 (service restart), then the server. */
  stop(): Promise<void>
}

/** Listens on `port` (0 takes a free one) of `host` (default: all); rejects with Node's error, such as EADDRINUSE. */
export async function startPlayground(port: number, host?: string): Promise<Playground> {
  const files = staticPage({
    '/entries.json': { type: 'application/json', body: entriesWithCode() },
    '/person.js': bundled('person'),
    '/cursors.js': bundled('cursors'),
  })
  let serve = files
  const server = createServer((request, response) => serve(request, response))
  await listening(server, port, host)
  // Out of file handles, say: those who are connected live on.
  server.on('error', (error) => console.error(`gensock playground: ${error.message}`))
  const watcher = startWatcher()
  const supervision = await startSupervision()
  const chats = unwrap(await supervisor.start({ children: [rooms] }))
  const zotonic = await startZotonic(watcher)
  const boss = await startBoss(watcher)
  const names = new Map<AnyPid, string>([
    [watcher, 'watcher'],
    [supervision, 'supervision'],
    [chats, 'chat'],
    [zotonic.sessions, 'sessions'],
    [zotonic.clerk, 'notifications'],
    [boss.pid, 'services'],
  ])
  const workbench = await startWorkbench(watcher, names)
  serve = (request, response) => (isStream(request) ? zotonic.page : files)(request, response)
  const bound = (server.address() as AddressInfo).port
  const address = `${host ?? 'localhost'}:${bound}`
  const cursors = unwrap(await supervisor.start({ children: [cursorRoom, crowdChild(`ws://${address}/ws/cursors`)] }))
  const listener = attach(
    server,
    [
      ...workbench.routes,
      route('/ws/supervision', watched('supervision', supervisionFeed(supervision), watcher)),
      route('/ws/chat/:room', watched('chat', shownChat, watcher)),
      route('/ws/slow/:room', watched('slow', slowListener(`ws://${address}/ws/chat/`), watcher)),
      route('/ws/cursors', watched('cursors', cursorHandler, watcher)),
      route('/ws/cursors-crowd', watched('crowd', crowdFeed, watcher)),
      route('/ws/status', watched('status', statusFeed(watcher), watcher)),
      ...zotonic.routes,
      ...boss.routes,
    ],
    { unknownPath: '404' },
  )
  const stop = async (): Promise<void> => {
    await listener.drain({ deadlineMs: STOP_MS })
    exit(watcher, 'shutdown')
    for (const tree of [supervision, chats, cursors, boss.pid, workbench.tree]) await supervisor.stop(tree, 'shutdown')
    await zotonic.stop()
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  }
  let stopped: Promise<void> | undefined
  return { port: bound, url: `http://${address}/`, stop: () => (stopped ??= stop()) }
}

function isStream({ method, url = '' }: IncomingMessage): boolean {
  return url.startsWith('/notifications/') || ((method === 'GET' || method === 'HEAD') && /^\/stream(?:\?|$)/.test(url))
}

function listening(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

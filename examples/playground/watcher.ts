// The watcher process knows which socket processes live and how the others ended: each tells it at `init` and `terminate`,
// and a monitor tells the rest. The page sees it through the status socket. `watched` wraps a handler so, and makes it throw
// on the text "crash me"; the handlers themselves stay as they are.
import { inspect } from 'node:util'
import { isCrash, type AnyPid, type Down, type Pid, self, send, spawnProcess } from 'gensock'
import { type InitArgs, json, pushTo, type SocketHandler, type SocketPid, type TerminateReason } from 'gensock/socket'
import type { WsHandler, ZotonicReason } from 'gensock/zotonic'
import { notePeak } from './workbench/peaks.js'

const CRASH_TEXT = 'crash me'
const KEEP_GONE = 6
const MAX_KEY = 40

/** What the page is told: `terminated` once terminate ran, `down` with the exit reason once the process is gone. */
type Card = { pid: string; handler: string; key: string; terminated?: string; down?: string }
type WatcherMessage =
  | { type: 'opened'; pid: AnyPid; handler: string; key: string }
  | { type: 'terminated'; pid: AnyPid; reason: string }
  | { type: 'subscribe'; pid: SocketPid }
  | Down
export type Watcher = Pid<WatcherMessage>
type State = { cards: Map<string, Card>; feeds: Map<string, SocketPid> }

/** Starts the watcher. */
export function startWatcher(): Watcher {
  return spawnProcess<State, WatcherMessage>({
    init: () => ({ cards: new Map(), feeds: new Map() }),
    message(message, state, self) {
      const pid = String(message.pid)
      if (message.type === 'subscribe') {
        state.feeds.set(pid, message.pid)
        pushTo(message.pid, json([...state.cards.values()]))
        return ['ok', state]
      }
      if (message.type === 'opened') self.monitor(message.pid)
      if (message.type === 'DOWN') state.feeds.delete(pid)
      const card = changed(message, state.cards.get(pid))
      state.cards.set(pid, card)
      forgetOldest(state.cards)
      for (const feed of state.feeds.values()) pushTo(feed, json([card]))
      return ['ok', state]
    },
  })
}

function changed(message: Exclude<WatcherMessage, { type: 'subscribe' }>, card: Card | undefined): Card {
  const old = card ?? { pid: String(message.pid), handler: '', key: '' }
  if (message.type === 'opened') return { ...old, handler: message.handler, key: message.key }
  if (message.type === 'terminated') return { ...old, terminated: message.reason }
  return { ...old, down: reasonInWords(message.reason) }
}

function forgetOldest(cards: Map<string, Card>): void {
  const gone = [...cards.values()].filter((card) => card.down !== undefined)
  for (const card of gone.slice(0, -KEEP_GONE)) cards.delete(card.pid)
}

function inWords(reason: TerminateReason): string {
  if (reason.type === 'crash') return `crash, ${reasonInWords(reason.error)}`
  if (reason.type === 'remote') return `remote, ${reason.code ?? 'no code'}`
  if (reason.type === 'error') return `error, ${reason.error}`
  if (reason.type === 'timeout') return 'timeout'
  return `${reason.type}, ${reasonInWords(reason.reason)}`
}

function reasonInWords(reason: unknown): string {
  const inner = isCrash(reason) ? reason.value : reason
  return (typeof inner === 'string' ? inner : inner instanceof Error ? String(inner) : inspect(inner)).slice(0, 200)
}

/** The handler, seen by the watcher; the query's `key` tells the page which of its cards this process serves. */
export function watched<State, Message, Args extends InitArgs>(
  name: string,
  handler: SocketHandler<State, Message, {}, Args>,
  watcher: Watcher,
): SocketHandler<State, Message, {}, Args> {
  return {
    ...handler,
    init(args, self) {
      const key = (args.request.query.get('key') ?? '').slice(0, MAX_KEY)
      send(watcher, { type: 'opened', pid: self.pid, handler: name, key })
      return handler.init(args, self)
    },
    handle(frame, state, self) {
      notePeak(self.pid)
      if (frame[0] === 'text' && frame[1] === CRASH_TEXT) throw new Error('crashed on request')
      return handler.handle(frame, state, self)
    },
    async terminate(reason, state, self) {
      await handler.terminate?.(reason, state, self)
      self.send(watcher, { type: 'terminated', pid: self.pid, reason: inWords(reason) })
    },
  }
}

/** The same for a handler of Zotonic's. */
export function watchedWs<Info>(name: string, handler: WsHandler<Info>, watcher: Watcher): WsHandler<Info> {
  return {
    ...handler,
    websocketInit(context) {
      const key = (context.getQ('key') ?? '').slice(0, MAX_KEY)
      send(watcher, { type: 'opened', pid: self(), handler: name, key })
      return handler.websocketInit(context)
    },
    websocketMessage(data, from, context) {
      notePeak(from)
      if (data === CRASH_TEXT) throw new Error('crashed on request')
      return handler.websocketMessage(data, from, context)
    },
    async websocketTerminate(reason, context, cause) {
      const pid = self()
      await handler.websocketTerminate(reason, context, cause)
      send(watcher, { type: 'terminated', pid, reason: `${zotonicInWords(reason)}, ${cause.code ?? 'no code'}` })
    },
  }
}

function zotonicInWords(reason: ZotonicReason): string {
  if (reason === 'normal') return reason
  const [, why] = reason
  return why === 'closed' ? 'error, closed' : `error, exit, ${reasonInWords(why.exit)}`
}

/** The status socket: subscribes to the watcher, takes nothing from the peer. */
export function statusFeed(watcher: Watcher): SocketHandler<undefined> {
  return {
    init(_args, self) {
      send(watcher, { type: 'subscribe', pid: self.pid })
      return ['ok', undefined]
    },
    handle: () => ['ok', undefined],
  }
}

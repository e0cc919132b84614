// The process of a session: a gen_server around its state. Started by sessions under the supervisor of sessions; its record in
// the store is what is left of it after a crash.
import type { Down } from '../base/messages.js'
import { genServer } from '../behaviours/gen-server.js'
import type { CallResult, GenServer, NoReply } from '../behaviours/gen-server-types.js'
import type { StartResult } from '../behaviours/start.js'
import type { From } from '../runtime/call.js'
import { isPromise } from '../runtime/spawn.js'
import { kSession } from './pids.js'
import { type SessionBirth, SessionState } from './session-state.js'
import type { Expire, SessionCalls, SessionCasts, SessionServer } from './session-types.js'

const SESSION: GenServer<SessionState, SessionBirth, SessionCalls, SessionCasts, Down | Expire> = {
  init(birth, self) {
    self.trapExit(true) // so that `terminate` runs when all ends in order
    self.put(kSession, Object.freeze({ maxBytes: birth.realm.limits.queue.maxBytes }))
    return ['ok', new SessionState(birth, self)]
  },
  handleCall: {
    get: ({ key }, _from, state) => ['reply', state.get(key), state],
    set: ({ key, value }, from, state) => answerAfter(state.set(key, value), from, state),
    getPersistent: ({ key }, from, state) => answerWith(state.persistent(key), from, state),
    setPersistent: ({ key, value }, from, state) => answerWith(state.persistent(key, { value }), from, state),
    pages: (_request, _from, state) => ['reply', state.listPages(), state],
    async ensurePage({ id, isNamed }, _from, state) {
      return ['reply', await state.ensurePage(id, isNamed), state]
    },
    use(_request, _from, state) {
      state.use()
      return ['reply', undefined, state]
    },
    rotate: ({ id }, from, state) => answerAfter(state.rotate(id), from, state),
    finish(_request, _from, state) {
      state.finish()
      return ['stop', 'normal', undefined, state]
    },
  },
  handleCast: {
    addToAll({ data }, state) {
      state.addToAll(data)
      return ['noreply', state]
    },
    hold({ holder }, state) {
      state.hold(holder)
      return ['noreply', state]
    },
    attached({ page, isAttached }, state) {
      state.setAttached(page, isAttached)
      return ['noreply', state]
    },
  },
  handleInfo(message, state): NoReply<SessionState> {
    if (message.type === 'DOWN') state.down(message.ref)
    else if (message.type === 'expire') state.expire()
    return state.isOver ? ['stop', 'normal', state] : ['noreply', state]
  },
  terminate: (_reason, state) => state.rest(),
}

/** Other requests are answered meanwhile: the store may be slow. */
function answerAfter(saving: void | Promise<void>, from: From<void>, state: SessionState): CallResult<SessionState, void> {
  if (!isPromise(saving)) return ['reply', undefined, state]
  void saving.then(() => genServer.reply(from, undefined))
  return ['noreply', state]
}
function answerWith<T>(promise: Promise<T>, from: From<T>, state: SessionState): NoReply<SessionState> {
  void promise.then((answer) => genServer.reply(from, answer as never))
  return ['noreply', state]
}

/** Starts a session, linked to the supervisor that calls. */
export function startSession(birth: SessionBirth): Promise<StartResult<SessionServer>> {
  return genServer.startLink(SESSION, birth)
}

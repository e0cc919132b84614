// The process of a page: a gen_server around its state. Started by the session's process under the supervisor of pages; ends
// with its session.
import type { Down } from '../base/messages.js'
import { genServer } from '../behaviours/gen-server.js'
import type { GenServer, NoReply } from '../behaviours/gen-server-types.js'
import type { StartResult } from '../behaviours/start.js'
import { watchEnd } from '../runtime/alias.js'
import { type Process, processOf } from '../runtime/process.js'
import { type Expire, type PageBirth, PageState } from './page-state.js'
import type { PageCalls, PageCasts, PageServer } from './page-types.js'
import { kPage } from './pids.js'

const PAGE: GenServer<PageState, PageBirth, PageCalls, PageCasts, Down | Expire> = {
  init(birth, self) {
    self.put(kPage, Object.freeze({ maxBytes: birth.limits.queue.maxBytes }))
    const state = new PageState(birth, self)
    // No `terminate` runs when it is killed.
    watchEnd(null, processOf(self.pid) as Process, () => state.ended())
    return ['ok', state]
  },
  handleCall: {
    info: (_request, _from, state) => ['reply', state.info(), state],
    await(_request, _from, state) {
      state.awaited()
      return ['reply', undefined, state]
    },
  },
  handleCast: {
    add({ data }, state) {
      state.add(data)
      return ['noreply', state]
    },
    attach(request, state) {
      state.attach(request)
      return ['noreply', state]
    },
    acknowledge(request, state) {
      state.acknowledge(request)
      return ['noreply', state]
    },
    inherit({ from }, state) {
      state.inherit(from)
      return ['noreply', state]
    },
    bequeath({ heir, session }, state) {
      state.bequeath(heir, session)
      return goOn(state)
    },
    finish({ code }, state) {
      state.finish(code)
      return goOn(state)
    },
  },
  handleInfo(message, state) {
    if (message.type === 'DOWN') state.down(message.ref)
    else state.expire()
    return goOn(state)
  },
}

function goOn(state: PageState): NoReply<PageState> {
  return state.isOver ? ['stop', 'normal', state] : ['noreply', state]
}

/** Starts a page, linked to the supervisor that calls. */
export function startPage(birth: PageBirth): Promise<StartResult<PageServer>> {
  return genServer.startLink(PAGE, birth)
}

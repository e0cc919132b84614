// The service: a process that keeps the count of one room. It catches nothing. When it crashes, its supervisor starts it anew,
// and those who are in the room are still there: they are a process group, which is not the counter's to lose.
import { type AnyPid, defineServer } from 'gensock'
import { broadcastToGroup, json, pushTo, type SocketPid } from 'gensock/socket'

type Counter = { readonly room: string; readonly count: number; readonly pid: AnyPid }

export const counter = defineServer<Counter>()({
  init(room: string, self) {
    const state = { room, count: 0, pid: self.pid }
    broadcastToGroup(room, view(state)) // after a crash: to those who are still there
    return ['ok', state]
  },
  handleCast: {
    show({ to }: { to: SocketPid }, state) {
      pushTo(to, view(state))
      return ['noreply', state]
    },
    add({ by }: { by: number }, { count, ...rest }) {
      const state = { ...rest, count: count + by }
      broadcastToGroup(state.room, view(state))
      return ['noreply', state]
    },
    crash({ who }: { who: AnyPid }) {
      throw new Error(`${who} has pressed the button`)
    },
  },
})

const view = ({ count, pid }: Counter) => json({ count, counter: String(pid) })

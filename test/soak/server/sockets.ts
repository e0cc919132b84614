// Plain handlers: an echo with everything that a message can ask for, a pour for slow readers, and a machine for each socket.
// Entered by main.
import { pg, send, unwrap } from 'gensock'
import { broadcastToGroup, type InitArgs, type SocketHandler, text } from 'gensock/socket'
import { machineServer, type MachinePid } from 'gensock/xstate'
import { assign, setup } from 'xstate'
import { double } from './tree.js'

/** A timer that is always cancelled, with its socket at the latest. */
const FAR_MS = 600_000

type Late = { readonly type: 'late'; readonly text: string }
interface Echo {
  readonly room: string
}

/** What is asked by the first letter: echo, crash, timer, broadcast to the room, a call to a supervised server. */
export const echo: SocketHandler<Echo, Late, {}, InitArgs<{ room: string }>> = {
  init({ params: { room } }, self) {
    pg.join(room, self.pid)
    self.sendAfter(FAR_MS, { type: 'late', text: 'never' })
    return ['ok', { room }]
  },
  async handle(frame, state, self) {
    if (frame[0] === 'binary') return ['push', frame, state]
    const said = frame[1]
    switch (said[0]) {
      case 'x':
        throw new Error('as asked')
      case 't':
        self.sendAfter(Number(said.slice(1).split(' ', 1)[0]), { type: 'late', text: said })
        self.cancelTimer(self.sendAfter(FAR_MS, { type: 'late', text: 'never' }))
        return ['ok', state]
      case 'b':
        broadcastToGroup(state.room, text(said))
        return ['ok', state]
      case 'c': {
        const n = Number(said.slice(1))
        const answer = await self.run(() => double(n))
        return ['push', text(answer === undefined ? `${said} gone` : `${said} ${answer}`), state]
      }
      default:
        return ['push', frame, state]
    }
  },
  info: (late, state) => ['push', text(late.text), state],
}

const CHUNK = Buffer.alloc(65_536)
/** Asked with a number, it sends so many chunks, whether they are taken or not. */
export const pour: SocketHandler<null> = {
  init: () => ['ok', null],
  handle([, said], state, self) {
    for (let i = Number(said); i > 0; i--) self.push(['binary', CHUNK])
    return ['push', text(`poured ${String(said)}`), state]
  },
}

const counting = setup({
  types: {
    context: {} as { n: number; tell: (text: string) => void },
    input: {} as { tell: (text: string) => void },
    events: {} as { type: 'say'; text: string } | { type: 'boom' },
  },
}).createMachine({
  id: 'counting',
  initial: 'idle',
  context: ({ input }) => ({ n: 0, tell: input.tell }),
  on: {
    boom: {
      actions: () => {
        throw new Error('as asked')
      },
    },
  },
  states: {
    idle: { on: { say: { target: 'busy', actions: [assign({ n: ({ context }) => context.n + 1 }), tell] } } },
    busy: { after: { 5: 'idle' }, on: { say: { actions: tell } } },
  },
})
function tell({ context, event }: { context: { tell: (text: string) => void }; event: { type: string } }): void {
  if ('text' in event) context.tell(String(event.text))
}

/** A machine of its own for each socket: a link takes both along in a crash, an end in order it does not hear of. */
export const machine: SocketHandler<MachinePid<typeof counting>, Late> = {
  async init(_args, self) {
    const { pid } = self
    const input = { tell: (text: string) => send(pid, { type: 'late', text }) }
    return ['ok', unwrap(await self.run(() => machineServer.startLink(counting, { input })))]
  },
  handle([, said], state, self) {
    self.send(state, said === 'x' ? { type: 'boom' } : { type: 'say', text: String(said) })
    return ['ok', state]
  },
  info: (late, state) => ['push', text(late.text), state],
  terminate: (_reason, state, self) => self.exit(state, 'shutdown'),
}

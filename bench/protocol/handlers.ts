// The same service three times: an echo, a handler that reads and writes its JSON itself, and one of a contract. Entered by speed, heap
// and groups.
import { protocolHandler } from '../../src/handlers/protocol/handler.js'
import type { ProtocolOptions } from '../../src/handlers/protocol/types.js'
import { json } from '../../src/sockets/frames.js'
import type { SocketHandler } from '../../src/sockets/handler.js'
import { contracts, type Draw, type History, type Library, type Said, type Say } from './contracts.js'

const LINES: Said[] = [1, 2, 3].map((at) => ({ room: 'lobby', line: `line ${at} of what was said before`, at, from: 'bob' }))

export const echo: SocketHandler<number> = {
  init: () => ['ok', 0],
  handle: (frame, count) => ['push', frame, count + 1],
}

/** As people write it: the same frames on the wire as those of the contract. */
export const plain: SocketHandler<number> = {
  init: () => ['ok', 0],
  handle([, data], count) {
    const [head, second, third] = JSON.parse(data as string) as [string | number, unknown, unknown]
    switch (head) {
      case 'say': {
        const { room, line, at } = second as Say
        return ['push', json(['said', { room, line, at, from: 'ann' }]), count + 1]
      }
      case 'draw': {
        const { colour, width, points } = second as Draw
        return ['push', json(['drawn', { colour, width, points }]), count + 1]
      }
    }
    if (second !== 'history') throw new Error(`no message ${String(head)}`)
    return ['push', json([-(head as number), 'ok', LINES.slice(0, (third as History).limit)]), count + 1]
  },
}

const note = (_note: { room: string }, count: number): readonly ['ok', number] => ['ok', count + 1]

export function ofContract(library: Library, options: ProtocolOptions) {
  return protocolHandler<number>()(
    contracts[library],
    {
      init: () => ['ok', 0],
      on: {
        say({ room, line, at }, count, self) {
          self.push.said({ room, line, at, from: 'ann' })
          return ['ok', count + 1]
        },
        draw({ colour, width, points }, count, self) {
          self.push.drawn({ colour, width, points })
          return ['ok', count + 1]
        },
        typing: note,
        read: note,
        join: note,
        leave: note,
        mute: note,
        pin: note,
        unpin: note,
        clear: note,
      },
      calls: { history: ({ limit }, _from, count) => ['reply', LINES.slice(0, limit), count + 1] },
    },
    options,
  )
}

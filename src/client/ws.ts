// A connection over a WebSocket. A gensock server that is asked for it greets us, and answers heartbeats from then on; what is
// not its own greeting and answers goes to the client as it came. Entered by the client.
import { ABNORMAL } from '../wire/close-codes.js'
import { HEARTBEAT, HELLO, PARAMETER } from '../wire/carrier.js'
import { address } from './address.js'
import { type Data, type Link, type LinkPlan, MAX_WAITING_BYTES } from './link.js'

export function openWs({ world, url, token, subprotocols, events }: LinkPlan): Link {
  const Socket = world.env.WebSocket as typeof WebSocket
  const socket = new Socket(address(url, 'ws', { [PARAMETER]: 'ws', token }), subprotocols as string[])
  let isFirst = true
  let isGreeted = false
  let isOver = false
  socket.binaryType = 'arraybuffer'
  socket.addEventListener('open', () => isOver || events.opened(socket.protocol))
  socket.addEventListener('close', ({ code, reason }) => isOver || events.ended({ code: code || ABNORMAL, reason }))
  // The close says the same; outside of browsers an error must have a listener.
  socket.addEventListener('error', () => undefined)
  socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (isOver) return
    const isGreeting = isFirst && data === HELLO
    isGreeted ||= isGreeting
    isFirst = false
    events.heard()
    if (!isGreeting && !(isGreeted && data === HEARTBEAT)) events.message(data)
  })
  const send = (data: Data): boolean => {
    if (socket.readyState !== 1 || socket.bufferedAmount > MAX_WAITING_BYTES) return false
    socket.send(data as string | ArrayBuffer)
    return true
  }
  return {
    send,
    test: () => isGreeted && send(HEARTBEAT),
    close(...why) {
      isOver = true
      socket.close(...why)
    },
  }
}

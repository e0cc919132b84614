// What a user's program does with a contract: a server and the client of browsers, over the codec msgpack. Copied beside an installed gensock and
// msgpackr, and run as CommonJS and, through talk.mjs, with the ESM doors: it is given them, prints what it sees.

/** Anything at all: what fits is not what this is about. */
const anything = { '~standard': { version: 1, vendor: 'user', validate: (value) => ({ value }) } }

exports.main = async function main({ socket, protocol, client, msgpackCodec, WebSocket }) {
  globalThis.WebSocket = WebSocket
  const chat = protocol.defineProtocol({
    version: 'chat.1',
    toServer: { messages: { say: anything }, calls: { double: { request: anything, reply: anything } } },
    toClient: { messages: { said: anything } },
  })
  const handler = protocol.protocolHandler()(
    chat,
    {
      init: () => ['ok', 0],
      on: {
        say(line, count, self) {
          self.push.said(`${line} ${count}`)
          return ['ok', count + 1]
        },
      },
      calls: { double: (bytes, _from, count) => ['reply', bytes.map((byte) => 2 * byte), count] },
    },
    { codecs: [msgpackCodec] },
  )
  const listener = await socket.listen({ port: 0, host: '127.0.0.1', routes: [socket.route('/chat', handler)] })
  const peer = client.connect(`ws://127.0.0.1:${listener.port}/chat`, { protocol: chat, codecs: [msgpackCodec] })
  const said = new Promise((resolve) => peer.on.said(resolve))
  const doubled = await peer.call.double(new Uint8Array([1, 2, 3]))
  peer.send.say('hi')
  console.log(`said: ${await said}; doubled: ${doubled.constructor.name} ${doubled.join()}`)
  peer.close()
  await listener.drain({ deadlineMs: 1000 })
}

if (require.main === module) {
  void exports.main({
    socket: require('gensock/socket'),
    protocol: require('gensock/protocol'),
    client: require('gensock/client'),
    msgpackCodec: require('gensock/msgpack').msgpackCodec,
    WebSocket: require('ws').WebSocket,
  })
}

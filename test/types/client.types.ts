// The browser client in types: what compiles, and what does not.
import {
  type Client,
  type ClientOptions,
  type ClientState,
  type CloseInfo,
  connect,
  type OpenInfo,
  type TransportName,
} from 'gensock/client'
import { expectTypeOf } from 'expect-type'

const client = connect('/ws/echo', { heartbeatMs: 20_000 })
expectTypeOf(client).toEqualTypeOf<Client>()
expectTypeOf(connect(new URL('https://host.test/ws'))).toEqualTypeOf<Client>()
expectTypeOf(client.state).toEqualTypeOf<'connecting' | 'open' | 'waiting' | 'closed'>()
expectTypeOf<ClientState>().toEqualTypeOf<Client['state']>()

client.onmessage = (data) => expectTypeOf(data).toEqualTypeOf<string | ArrayBuffer>()
client.ondisconnect = ({ code, reason, willRetry, delayMs }) => {
  expectTypeOf(code).toEqualTypeOf<number>()
  expectTypeOf(reason).toEqualTypeOf<string>()
  expectTypeOf(willRetry).toEqualTypeOf<boolean>()
  expectTypeOf(delayMs).toEqualTypeOf<number | undefined>()
}
client.onclose = (info) => expectTypeOf(info).toEqualTypeOf<CloseInfo>()
client.onopen = (info) => expectTypeOf(info).toEqualTypeOf<OpenInfo>()
client.onopen = ({ resumed, transport }) => {
  expectTypeOf(resumed).toEqualTypeOf<'new' | 'resumed' | 'gap'>()
  expectTypeOf(transport).toEqualTypeOf<TransportName>()
}
client.onopen = () => client.send('hi')
client.onheartbeat = () => client.send('still here')
client.onmessage = null
expectTypeOf(client.send('text')).toEqualTypeOf<boolean>()
expectTypeOf(client.send(new Uint8Array(2))).toEqualTypeOf<boolean>()
expectTypeOf(client.send(new ArrayBuffer(2))).toEqualTypeOf<boolean>()
expectTypeOf(client.close()).toEqualTypeOf<void>()
client.close(4000, 'enough')

export const options: readonly ClientOptions[] = [
  {},
  { transports: ['ws'] },
  { transports: ['sse', 'longPoll'] as const, token: async () => 'fresh', resume: true },
  { token: () => 'fresh', backoff: { maxMs: 5000 }, preset: 'bullet' },
]

// @ts-expect-error no such option
connect('/chat', { reconnect: true })
// @ts-expect-error no such transport
connect('/chat', { transports: ['carrier pigeon'] })
// @ts-expect-error no such preset
connect('/chat', { preset: 'sockjs' })
// @ts-expect-error a token is asked for, not given
connect('/chat', { token: 'secret' })
// @ts-expect-error a number of ms
connect('/chat', { heartbeatMs: '20 s' })
// @ts-expect-error no such field
connect('/chat', { backoff: { first: 1 } })
// @ts-expect-error no url
connect()
// @ts-expect-error an object is no message
client.send({ text: 'hello' })
// @ts-expect-error the reason comes behind the code
client.close('bye')
// @ts-expect-error its state is its own
client.state = 'open'
// @ts-expect-error the data is no event
client.onmessage = (event: MessageEvent) => event.data
// @ts-expect-error a client has one url
client.setURL('/other')

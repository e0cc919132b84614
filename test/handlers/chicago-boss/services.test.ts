// Services end to end, in virtual time.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { send, whereis, supervisor, exit } from 'gensock'
import { type Boss, type ServiceModule, services, type WebSocketPid } from 'gensock/chicago-boss'
import { fakeSocket, type TestNode, testNode } from 'gensock/testing'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

type State = ReadonlySet<WebSocketPid>
const log: string[] = []
beforeEach(() => void log.splice(0))

const chat: ServiceModule<State, string, { type: 'boom' }> = (_req, sessionId) => ({
  init: () => ['ok', new Set()],
  handleJoin(_url, webSocket, sockets) {
    log.push(`join ${sessionId}`)
    return ['noreply', new Set([...sockets, webSocket])]
  },
  handleIncoming(_url, webSocket, message, sockets) {
    if (message === 'crash') throw new Error('boom')
    log.push(`incoming ${sessionId} ${message}`)
    send(webSocket, ['text', ['you said ', message]])
    return ['noreply', sockets]
  },
  handleClose(reason, _url, webSocket, sockets) {
    log.push(`close ${sessionId} ${reason.join(' ')}`)
    return ['noreply', new Set([...sockets].filter((one) => one !== webSocket))]
  },
  handleBroadcast(news, sockets) {
    for (const socket of sockets) send(socket, ['text', news])
    return ['noreply', sockets]
  },
  terminate(reason) {
    log.push(`terminate ${String(reason)}`)
  },
})

async function start(): Promise<Boss> {
  return services({ myapp_chat_websocket: chat }, { node })
}
const as = (user: string) => ({ request: { cookies: { _boss_session: user } } })

test('a service lives through joins, texts, broadcasts, a crash, a kill and a close', async () => {
  const boss = await start()
  const [ann, bob] = ['ann', 'bob'].map((user) => fakeSocket(node, boss.routes[0], as(user))) as [any, any]
  await node.settle()
  ann.send('hi')
  boss.broadcast(chat, 'news')
  await node.settle()
  expect(ann.sent).toEqual([
    ['text', 'you said hi'],
    ['text', 'news'],
  ])
  expect(bob.sent).toEqual([['text', 'news']])
  node.expectCrash(/boom/)
  bob.send('crash')
  bob.send('still there')
  await node.settle()
  expect(log.slice(3)).toEqual(['terminate Error: boom', 'join ann', 'join bob', 'incoming bob still there'])
  exit(ann.pid, 'kill')
  bob.close(1000, 'bye')
  await node.settle()
  expect(log.slice(7)).toEqual(['close ann error killed', 'close bob remote 1000 bye'].toSorted())
  expect((await node.run(() => boss.services()))[0]).toMatchObject({ sockets: 0, waiting: 0 })
  await supervisor.stop(boss.pid)
  expect(log.at(-1)).toBe('terminate shutdown')
  expect(node.run(() => whereis('myapp_chat_websocket'))).toBeUndefined()
})

// The room on PORT (8080 unless set), people who walk about in it, as many as CROWD says (20 unless set, 200 at most), and once a second
// what it costs.
import { application, defineServer, genServer, supervisor } from 'gensock'
import { listen, listenerChild, route } from 'gensock/socket'
import { type Crowd, crowdAt } from './crowd.js'
import { cursorHandler, cursorNumbers, cursorRoom, type Numbers } from './cursors.js'

const size = Number(process.env['CROWD'] ?? 20)
let url = ''
const door = listenerChild('door', async () => {
  const listener = await listen({ port: Number(process.env['PORT'] ?? 8080), routes: [route('/cursors', cursorHandler)] })
  url = `ws://localhost:${listener.port}/cursors`
  console.log(url)
  return listener
})

/** Whoever walks about ends before the door does. */
const walkers = defineServer<{ crowd: Crowd; before: Numbers }, { type: 'second' }>()({
  async init(_arg: undefined, self) {
    self.trapExit(true)
    const crowd = crowdAt(url)
    crowd.grow(size)
    self.sendAfter(1000, { type: 'second' })
    return ['ok', { crowd, before: await self.run(cursorNumbers) }]
  },
  async handleInfo(_second, { crowd, before }, self) {
    self.sendAfter(1000, { type: 'second' })
    const now = await self.run(cursorNumbers)
    console.log(`${now.people} people: ${now.moves - before.moves} messages in, ${now.told - before.told} out`)
    return ['noreply', { crowd, before: now }]
  },
  terminate: (_reason, { crowd }) => crowd.end(),
})
const crowd = { id: 'crowd', start: () => genServer.startLink(walkers, undefined) }
await application.run({ name: 'cursors', start: () => supervisor.startLink({ children: [cursorRoom, door, crowd] }) })

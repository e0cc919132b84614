// A room as a service of Chicago Boss: who is in it, and what they say. One process runs this for all of them, one callback after
// the other. `/crash` ends it; another takes its place, and hears of all who are connected as if they had just come.
import { send } from 'gensock'
import type { ServiceModule, WebSocketPid } from 'gensock/chicago-boss'
import { json } from 'gensock/socket'

type People = ReadonlyMap<WebSocketPid, string>

export const room: ServiceModule<People, string> = (req, sessionId) => ({
  init: () => ['ok', new Map()],
  handleJoin(_url, webSocket, before) {
    // A session id is a secret: the others see the beginning of it.
    const name = req?.query.get('name') || `visitor ${sessionId?.slice(0, 4) ?? ''}`.trim()
    const people = new Map(before).set(webSocket, name.slice(0, 20))
    tell(people, { type: 'came', name: people.get(webSocket), here: [...people.values()] })
    return ['noreply', people]
  },
  handleIncoming(_url, webSocket, text, people) {
    if (text === '/crash') throw new Error('crashed on request')
    tell(people, { type: 'line', name: people.get(webSocket), text })
    return ['noreply', people]
  },
  handleClose(_reason, _url, webSocket, before) {
    const people = new Map([...before].filter(([other]) => other !== webSocket))
    tell(people, { type: 'left', name: before.get(webSocket), here: [...people.values()] })
    return ['noreply', people]
  },
  handleBroadcast(text, people) {
    tell(people, { type: 'news', text })
    return ['noreply', people]
  },
})

function tell(people: People, news: object): void {
  for (const webSocket of people.keys()) send(webSocket, json(news))
}

// Somebody in the room of the "Chicago Boss" tab: the socket, what it hears, and who is here. Knows nothing of the page.

import { stayConnected } from './connection.js'

const POLICY = 1008
const CRASH = '/crash'
const BROADCAST = '/news' // on which another process of the server broadcasts: see boss/shown.ts

/**
 * Joins by this name. `host` has { changed(isFirst), line(name, text), note(text), trouble(text), refused(text), service(news), lost() };
 * `changed` is called when `isIn`, `isGone` or `people` did.
 */
export function createMember(name, host) {
  const say = (text) => connection.send(text)
  const crash = () => connection.send(CRASH)
  const broadcast = () => connection.send(BROADCAST)
  const me = { name, isIn: false, isGone: false, people: [], say, crash, broadcast, leave }
  let wasIn = false

  const hear = {
    came({ name, here }) {
      host.note(`${name} is here.`)
      change({ people: here })
    },
    left({ name, here }) {
      host.note(`${name} left.`)
      change({ people: here })
    },
    line: ({ name, text }) => host.line(name, text),
    news: ({ text }) => host.line('Broadcast', text),
    service: host.service,
  }
  const connection = stayConnected(
    `/websocket/room?name=${encodeURIComponent(name)}`,
    { opened, heard: (news) => hear[news.type]?.(news), lost },
    'some_service_name',
  )

  function opened() {
    change({ isIn: true }, !wasIn)
    wasIn = true
  }
  function lost(code) {
    if (me.isIn) host.trouble(`The connection is lost (${code}).`)
    if (me.isIn) host.lost()
    if (code !== POLICY) return change({ isIn: false, people: [] })
    host.refused('The server has closed the connection: too much at once.')
    leave()
  }
  function leave() {
    connection.end()
    change({ isIn: false, isGone: true, people: [] })
  }
  function change(facts, isFirst = false) {
    Object.assign(me, facts)
    host.changed(isFirst)
  }
  return me
}

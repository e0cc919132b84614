// One person in one room: the socket, what it hears, and who is here. Knows nothing of the page.

import { stayConnected } from './connection.js'

const POLICY = 1008

/**
 * Comes to the door of `room` and asks to be let in. `host` has { changed(), welcome(lines, isFirst), line(line), note(text),
 * trouble(text), refused(text), parrot(message), awake(message) }; `changed` is called when `isIn`, `isGone` or `people` did.
 */
export function createPerson(nick, room, host) {
  const say = (text) => connection.send({ type: 'say', text })
  const crash = () => connection.send('crash me') // on which its handler throws: see watcher.ts
  const me = { nick, room, isIn: false, isGone: false, people: new Set(), knock, say, crash, leave }
  let [wasIn, lastAt] = [false, 0]
  const connection = stayConnected(`/ws/chat/${encodeURIComponent(room)}`, {
    opened: () => knock(me.nick),
    heard: (message) => hear[message.type]?.(message),
    lost,
  })

  function knock(name) {
    me.nick = name
    connection.send({ type: 'join', nick: name })
  }
  function leave() {
    connection.end()
    change({ isIn: false, isGone: true, people: new Set() })
  }
  function lost(code) {
    if (me.isIn) host.trouble(`The connection is lost (${code}).`)
    if (code !== POLICY) return change({ isIn: false, people: new Set() })
    if (me.isIn) host.refused('The server has closed the connection: too much at once.')
    leave()
  }
  function change(facts) {
    Object.assign(me, facts)
    host.changed()
  }
  /** A line comes once more when a welcome has overtaken it. */
  function isNew({ at }) {
    if (at <= lastAt) return false
    lastAt = at
    return true
  }

  const hear = {
    welcome({ who, lines }) {
      const isIn = me.isIn
      change({ isIn: true, people: new Set(who) })
      host.welcome(lines.filter(isNew), !wasIn)
      wasIn = true
      host.note(isIn ? 'You are in again, on the same connection.' : `You are in ${room} as ${me.nick}.`)
    },
    line(line) {
      if (isNew(line)) host.line(line)
    },
    came(one) {
      host.note(`${one.nick} came in.`)
      change({ people: me.people.add(one.nick) })
    },
    left(one) {
      host.note(`${one.nick} left.`)
      me.people.delete(one.nick)
      host.changed()
    },
    missed: ({ count }) => host.trouble(`You read too slowly: ${count} messages were dropped.`),
    error: ({ text }) => (me.isIn ? host.trouble(text) : host.refused(text)),
    parrot: host.parrot,
    awake: host.awake,
  }
  return me
}

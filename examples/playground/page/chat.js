// The "Chat" tab: one person at a time. Who goes to another room, or by another nickname, is somebody new.

import { createLines } from './lines.js'
import { randomName } from './names.js'
import { drawPeople } from './people.js'
import { Person } from './person.js'
import { createSlow } from './slow.js'

/** Makes the tab work; nothing is connected before somebody joins. */
export function openChat(panel) {
  const find = (selector) => panel.querySelector(selector)
  const [nick, room, refused, line] = ['#nick', '#room', '#refused', '#line'].map(find)
  const lines = createLines(find('#lines'))
  const slow = createSlow(panel)
  let me
  const host = {
    changed() {
      if (me.isGone) me = undefined
      draw(find, me)
      slow.enable(me?.isIn ? me.room : undefined)
    },
    welcome(history, isFirst) {
      lines.quietly(() => history.forEach(host.line))
      if (isFirst) line.focus()
    },
    line: (one) => lines.line(one, one.from === me.nick),
    note: (text) => lines.note(text),
    trouble: (text) => lines.note(text, 'bad'),
    refused(text) {
      refused.textContent = text
      nick.focus()
    },
    parrot: slow.parrot,
    awake: slow.awake,
  }

  function enter() {
    me?.leave()
    lines.clear()
    me = new Person(nick.value, room.value, host)
    host.changed()
  }

  find('#door').addEventListener('submit', (event) => {
    event.preventDefault()
    refused.textContent = ''
    const isHere = me?.room === room.value
    if (isHere && !me.isIn) me.knock(nick.value)
    else if (isHere && me.nick === nick.value) line.focus()
    else enter()
  })
  find('#leave').addEventListener('click', () => {
    lines.note(`You have left ${me.room}.`)
    me.leave()
    find('#join').focus()
  })
  find('#say').addEventListener('submit', (event) => {
    event.preventDefault()
    if (!me.isIn || line.value.trim() === '') return
    me.say(line.value)
    line.value = ''
  })
  find('#crash-handler').addEventListener('click', () => me.crash())
  nick.value = randomName()
}

/** Shows where the person is: `in` a room, at its `door`, or `out`; and who else is there. */
function draw(find, me) {
  const isOut = me === undefined
  find('#room-title').textContent = isOut ? 'In no room' : me.isIn ? `${me.room}, as ${me.nick}` : `At the door of ${me.room}`
  for (const control of [find('#line'), find('#say button'), find('#leave')]) control.disabled = isOut
  find('#crash-handler').disabled = !me?.isIn
  drawPeople(find('#here'), me?.people ?? [], me?.nick)
}

// The "Chicago Boss" tab: a room whose service can be crashed, and what became of those who were connected to it.

import { createLines } from './lines.js'
import { createMember } from './member.js'
import { randomName } from './names.js'
import { drawPeople } from './people.js'
import { createService } from './service.js'

/** Makes the tab work; nothing is connected before somebody joins. */
export function openBoss(panel) {
  const find = (name) => panel.querySelector(`#boss-${name}`)
  const [name, line, refused] = ['name', 'line', 'refused'].map(find)
  const lines = createLines(find('lines'))
  const service = createService(panel, lines)
  let me
  const host = {
    changed(isFirst) {
      if (me.isGone) me = undefined
      draw(find, me)
      if (isFirst) line.focus()
    },
    line: (from, text) => lines.line({ from, text, at: Date.now() }, from === me.name),
    note: (text) => lines.note(text),
    trouble: (text) => lines.note(text, 'bad'),
    refused(text) {
      refused.textContent = text
    },
    service: service.heard,
    lost: service.lost,
  }

  function enter() {
    me?.leave()
    lines.clear()
    me = createMember(name.value, host)
    draw(find, me)
  }

  find('door').addEventListener('submit', (event) => {
    event.preventDefault()
    refused.textContent = ''
    if (me?.name === name.value) line.focus()
    else enter()
  })
  find('leave').addEventListener('click', () => {
    me.leave()
    lines.note('You have left.')
    find('join').focus()
  })
  find('say').addEventListener('submit', (event) => {
    event.preventDefault()
    if (!me.isIn || line.value.trim() === '') return
    me.say(line.value)
    line.value = ''
  })
  find('broadcast').addEventListener('click', () => me.broadcast())
  find('crash').addEventListener('click', () => service.crash(me.crash))
  name.value = randomName()
}

/** Shows where somebody is, and who else is there. */
function draw(find, me) {
  const title = me?.isIn ? `The room, as ${me.name}` : `At the door, as ${me?.name}`
  find('title').textContent = me === undefined ? 'Not in the room' : title
  for (const control of [find('line'), find('say').querySelector('button'), find('leave')]) control.disabled = me === undefined
  for (const control of [find('crash'), find('broadcast')]) control.disabled = !me?.isIn
  drawPeople(find('here'), me?.people ?? [], me?.name)
}

// The lines of a room, as they come; a reader who has scrolled up stays there.

const MAX_ROWS = 300
const NEAR_PX = 24

/** Draws into a scrolling box with a list in it. */
export function createLines(box) {
  const list = box.querySelector('ol')
  const hint = box.querySelector('.empty-room')

  function add(row) {
    const following = box.scrollTop + box.clientHeight >= box.scrollHeight - NEAR_PX
    hint.hidden = true
    list.append(row)
    while (list.children.length > MAX_ROWS) list.firstElementChild.remove()
    if (following) box.scrollTop = box.scrollHeight
  }
  return {
    line({ from, text, at }, isOwn) {
      const row = rowOf(isOwn ? 'own' : 'other', at)
      row.append(element('strong', 'from', from), ' ', element('span', 'text', text))
      add(row)
    },
    /** What has happened; `kind` is `note` or `bad`. */
    note(text, kind = 'note') {
      const row = rowOf(kind, Date.now())
      row.append(element('span', 'text', text))
      add(row)
    },
    /** Draws many at once, of which a screen reader is told by other means. */
    quietly(draw) {
      box.setAttribute('aria-live', 'off')
      draw()
      setTimeout(() => box.setAttribute('aria-live', 'polite'))
    },
    clear() {
      list.replaceChildren()
    },
  }
}

function rowOf(kind, at) {
  const row = element('li', kind, '')
  const time = element('time', '', new Date(at).toTimeString().slice(0, 5))
  time.dateTime = new Date(at).toISOString()
  row.append(time)
  return row
}

function element(name, className, text) {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

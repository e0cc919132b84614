// What the page knows of the service behind its room: which process runs it, how often it was started again, and whether everybody who was
// connected was taken along.

/** Draws into the tab; `lines` are those of the room. */
export function createService(panel, lines) {
  const find = (name) => panel.querySelector(name)
  const button = find('#boss-crash')
  let known
  let lostHere = 0
  /** What was to be replayed after the last crash that this page has seen, and how many there had been before. */
  let crash

  function write(name, value) {
    find(`.fact-${name}`).textContent = value
  }
  function verdict({ replayed, due }) {
    const done = replayed - crash.before
    const rest = due > 0 ? '…' : done === crash.due ? ': all are still connected.' : '; the others have left.'
    find('#boss-verdict').textContent = `${done} of ${crash.due} joins replayed${rest}`
  }
  write('lost', lostHere)

  return {
    heard(now) {
      if (known !== undefined && now.restarts > known.restarts) {
        lines.note(`The service has crashed. ${now.service} takes its place.`, 'bad')
        button.setAttribute('aria-disabled', 'false')
        crash = { due: now.due, before: now.replayed }
      }
      known = now
      find('#boss-facts').hidden = false
      write('process', now.service)
      write('restarts', now.restarts)
      write('replayed', now.replayed)
      if (crash !== undefined) verdict(now)
    },
    lost() {
      button.setAttribute('aria-disabled', 'false')
      write('lost', ++lostHere)
    },
    /** Calls `order`, once until the service is back. */
    crash(order) {
      if (button.getAttribute('aria-disabled') === 'true') return
      button.setAttribute('aria-disabled', 'true')
      order()
    },
  }
}

// The tree of processes: who started whom, what each is, and how much mail waits for it. Rows stay the same elements from look to look.

const MANY = 10_000
const number = new Intl.NumberFormat('en').format

/** Answers `{ draw(rows, count), mark(bench), records(byPid) }`. */
export function createProcesses(panel) {
  const list = panel.querySelector('#tree-of-processes')
  const status = panel.querySelector('#tree-status')
  let kept = new Map()
  let looks = 0
  let names = new Map()
  let marked = {}
  let shown

  function draw(rows, count) {
    const next = new Map()
    for (const row of rows) {
      const key = row.pid ?? `more ${next.size}`
      const item = kept.get(key) ?? newRow()
      next.set(key, item)
      const isMine = row.pid !== undefined && row.pid === marked.pid
      fill(item, row, names.get(row.pid)?.handler, isMine && marked.isHeld)
      item.classList.toggle('mine', isMine)
    }
    kept = next
    list.replaceChildren(...next.values())
    showMarked()
    looks += 1
    list.dataset.looks = looks
    const mail = rows.reduce((sum, { waiting = 0 }) => sum + waiting, 0)
    status.textContent = `${number(count)} alive, ${number(mail)} ${mail === 1 ? 'message waits' : 'messages wait'}`
  }
  /** Once, when it comes: who scrolls away afterwards stays there. */
  function showMarked() {
    const item = kept.get(marked.pid)
    if (item === undefined || shown === marked.pid) return
    shown = marked.pid
    list.scrollTop = item.offsetTop - list.clientHeight / 2
  }
  return {
    draw,
    /** The bench that is chosen: its process is marked. */
    mark(bench) {
      marked = bench
      for (const [key, item] of kept) item.classList.toggle('mine', key === bench.pid)
    },
    records(records) {
      names = records
    },
  }
}

function newRow() {
  return document.getElementById('process').content.firstElementChild.cloneNode(true)
}

function fill(item, row, handler, isHeld) {
  const write = (name, text) => {
    const place = item.querySelector(`.process-${name}`)
    if (place.textContent !== text) place.textContent = text
  }
  item.style.setProperty('--depth', row.depth)
  if (row.more !== undefined) {
    item.classList.add('more')
    return write('name', `and ${number(row.more)} more`)
  }
  const { pid, name, kind, status, waiting, links } = row
  item.dataset.pid = pid
  item.dataset.kind = kind
  write('name', name || handler || kind)
  write('pid', pid)
  write('kind', handler ? 'socket' : name ? kind : '')
  write('links', links === 0 ? '' : `${links} ${links === 1 ? 'link' : 'links'}`)
  write('status', isHeld ? 'held' : status === 'suspended' ? 'at work' : '')
  write('mail', number(waiting))
  item.querySelector('.process-bar').style.setProperty('--part', Math.log(waiting + 1) / Math.log(MANY + 1))
  item.classList.toggle('mail', waiting > 0)
}

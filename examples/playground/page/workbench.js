// The "Workbench" tab: the list of all handlers and examples, the bench of the one that is chosen, and the tree of processes.

import { Bench } from './bench.js'
import { showCode } from './code.js'
import { createControls } from './controls.js'
import { drawList, scrollTo } from './list.js'
import { createProcesses } from './processes.js'
import { createServer } from './server.js'

const AT = 'entry'

/** Makes the tab work. Answers `{ shown(isShown), records(byPid) }`: who of the server's processes belongs to which socket. */
export async function openWorkbench(panel, announce) {
  const groups = await (await fetch('/entries.json')).json()
  const benches = new Map()
  const processes = createProcesses(panel)
  const server = createServer(processes, benches)
  const controls = createControls(panel)
  let chosen
  let held

  function changed(bench) {
    panel.querySelector(`#entry-${bench.entry.id}`).closest('.entry').dataset.state = bench.state
    if (bench !== chosen) return
    controls.draw(bench)
    processes.mark(bench)
  }
  function holds(bench) {
    if (held !== bench) held?.goesOn()
    held = bench
  }
  for (const entry of groups.flatMap(({ entries }) => entries)) {
    benches.set(entry.id, new Bench(entry, { server, changed, holds, announce }))
  }
  function choose(id) {
    chosen = benches.get(id)
    const input = panel.querySelector(`#entry-${id}`)
    input.checked = true
    scrollTo(panel.querySelector('#entries'), input.closest('.entry'))
    showCode(panel, chosen.entry)
    controls.choose(chosen)
    changed(chosen)
    server.pin(chosen)
  }

  drawList(panel.querySelector('#entries'), groups, (id) => {
    choose(id)
    const address = new URL(location.href)
    address.searchParams.set(AT, id)
    history.replaceState(null, '', address)
  })
  const asked = new URLSearchParams(location.search).get(AT)
  choose(benches.has(asked) ? asked : groups[0].entries[0].id)

  return {
    shown: server.look,
    records(records) {
      processes.records(records)
      for (const record of records.values()) {
        const bench = [...benches.values()].find(({ key }) => key !== '' && key === record.key)
        if (bench?.known(record) === true && bench === chosen) server.pin(bench)
      }
    },
  }
}

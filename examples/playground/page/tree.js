// The tree: one element for each place, kept while processes come and go, so that the focus stays where it is.

import { createChart } from './chart.js'

const FRESH_MS = 4000

/** Draws into `list`; `order(order)` is called when a button is pressed. Answers `{ show(tree) }`. */
export function createTree(list, order) {
  const nodes = new Map()
  return {
    show(tree) {
      const seen = new Set()
      showAt(list, tree, undefined)
      for (const [name, node] of nodes) {
        if (seen.has(name)) continue
        if (node.root.contains(document.activeElement)) nodes.get('guests')?.root.querySelector('.add').focus()
        node.root.remove()
        nodes.delete(name)
      }

      function showAt(place, data, above) {
        const node = nodes.get(data.name) ?? createNode(data, order)
        nodes.set(data.name, node)
        seen.add(data.name)
        if (node.root.parentElement !== place) place.append(node.root)
        node.show(data, above)
        for (const child of data.children) showAt(node.branch, child, data)
      }
    },
  }
}

function createNode({ name, kind, chart }, order) {
  const root = document.getElementById('node').content.firstElementChild.cloneNode(true)
  const find = (selector) => root.querySelector(selector)
  const branch = find('.branch')
  const drawn = chart === undefined ? undefined : createChart(name, chart)
  let pid
  let timer
  root.dataset.kind = kind
  find('.node-name').textContent = name
  branch.setAttribute('aria-label', `Children of ${name}`)
  branch.hidden = kind !== 'supervisor' && kind !== 'dynamicSupervisor'
  if (drawn !== undefined) find('.node-row').after(drawn.root)
  nameButtons(find, name, order)

  function freshen(old) {
    clearTimeout(timer)
    write(find('.node-was'), old)
    root.classList.add('fresh')
    timer = setTimeout(settle, FRESH_MS)
  }
  function settle() {
    clearTimeout(timer)
    root.classList.remove('fresh')
    write(find('.node-was'), '')
  }

  return {
    root,
    branch,
    show(data, above) {
      if (data.pid === undefined) settle()
      else if (pid !== undefined && data.pid !== pid) freshen(pid)
      pid = data.pid ?? pid
      root.dataset.life = data.pid === undefined ? 'over' : 'up'
      write(find('.node-pid'), data.pid ?? 'not running')
      write(find('.node-state'), stateOf(data))
      write(find('.node-what'), factsOf(data, above))
      root.classList.toggle('near', data.limit !== undefined && data.limit.recent >= data.limit.intensity)
      drawn?.show(data.pid === undefined ? undefined : data.state)
      showButtons(find, data, above)
    },
  }
}

function nameButtons(find, name, order) {
  find('.add').setAttribute('aria-label', `Add to ${name}`)
  find('.crash').setAttribute('aria-label', `Crash ${name}`)
  find('.stop').setAttribute('aria-label', `Stop ${name}`)
  find('.start').setAttribute('aria-label', `Start ${name} again`)
  const press = (selector, given) => {
    const button = find(selector)
    button.addEventListener('click', () => {
      if (button.getAttribute('aria-disabled') !== 'true') order(given)
    })
  }
  press('.crash', { type: 'crash', name })
  press('.stop', { type: 'stop', name })
  press('.start', { type: 'start', name })
  press('.add', { type: 'add' })
}

/** A button that goes hands the focus to the one that takes its place; one that only waits keeps it. */
function showButtons(find, { kind, pid }, above) {
  const over = pid === undefined
  const again = over && above?.pid !== undefined
  const focused = find('.node-do').contains(document.activeElement) ? document.activeElement : undefined
  find('.crash').hidden = above === undefined || again
  find('.start').hidden = !again
  find('.stop').hidden = above?.kind !== 'dynamicSupervisor'
  find('.add').hidden = kind !== 'dynamicSupervisor'
  for (const button of ['.crash', '.stop', '.add']) find(button).setAttribute('aria-disabled', String(over))
  if (focused?.hidden) find(again ? '.start' : '.crash').focus()
}

function factsOf({ kind, strategy, restart, restarts }, above) {
  const facts = [kind]
  if (strategy !== undefined) facts.push(strategy)
  if (above !== undefined) facts.push(restart)
  facts.push(`restarted ${restarts}×`)
  return facts.join(' · ')
}

function stateOf({ state, limit }) {
  return limit === undefined ? (state ?? '') : `${limit.recent} of ${limit.intensity} restarts in ${limit.seconds} s`
}

function write(place, text) {
  if (place.textContent !== text) place.textContent = text
}

// The tabs: one panel at a time, arrows move between them, and the address remembers which (#supervision).

/** Calls `shown(panel)` whenever a panel comes to sight. The first tab is the one without a name in the address. */
export function createTabs(list, shown) {
  const tabs = [...list.querySelectorAll('[role=tab]')]

  function select(tab) {
    for (const one of tabs) {
      one.setAttribute('aria-selected', String(one === tab))
      one.tabIndex = one === tab ? 0 : -1
      panelOf(one).hidden = one !== tab
    }
    shown(panelOf(tab))
  }
  function choose(tab) {
    select(tab)
    history.replaceState(null, '', tab === tabs[0] ? location.pathname + location.search : `#${nameOf(tab)}`)
  }
  function fromAddress() {
    const named = tabs.find((tab) => `#${nameOf(tab)}` === location.hash)
    if (named !== undefined) select(named)
  }

  for (const tab of tabs) tab.addEventListener('click', () => choose(tab))
  list.addEventListener('keydown', (event) => {
    const at = tabs.indexOf(document.activeElement)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    if (to === undefined || at < 0) return
    event.preventDefault()
    const tab = tabs.at(to % tabs.length)
    choose(tab)
    tab.focus()
  })
  addEventListener('hashchange', fromAddress)
  fromAddress()
}

const panelOf = (tab) => document.getElementById(tab.getAttribute('aria-controls'))
const nameOf = (tab) => tab.id.replace('tab-', '')

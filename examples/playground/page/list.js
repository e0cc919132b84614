// The list of the workbench: what there is to choose from.

/** Moves the list, and nothing around it, until this entry is in sight. */
export function scrollTo(list, entry) {
  const [box, seen] = [entry.getBoundingClientRect(), list.getBoundingClientRect()]
  list.scrollTop += Math.max(0, box.bottom - seen.bottom) - Math.max(0, seen.top - box.top)
}

/** The list: radio buttons in groups, so that Tab comes to it once and the arrows move in it. */
export function drawList(form, groups, choose) {
  for (const { title, entries } of groups) {
    const set = document.createElement('fieldset')
    const legend = document.createElement('legend')
    const list = document.createElement('ul')
    legend.textContent = title
    for (const entry of entries) {
      const item = document.getElementById('entry').content.firstElementChild.cloneNode(true)
      const input = item.querySelector('input')
      input.id = `entry-${entry.id}`
      input.value = entry.id
      item.querySelector('.entry-title').textContent = entry.title
      list.append(item)
    }
    set.append(legend, list)
    form.append(set)
  }
  form.addEventListener('change', ({ target }) => choose(target.value))
}

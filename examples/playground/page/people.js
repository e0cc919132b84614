// Who is here, as a list in the order of their names.

/** Draws into the list; the one called `mine` is marked. */
export function drawPeople(list, names, mine) {
  const sorted = [...names].toSorted((one, other) => one.localeCompare(other))
  list.replaceChildren(...sorted.map((name) => chip(name, name === mine)))
}

function chip(name, isMe) {
  const made = document.createElement('li')
  made.textContent = isMe ? `${name} (you)` : name
  made.classList.toggle('me', isMe)
  return made
}

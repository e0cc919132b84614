// Names for those who have not thought of one.

const NAMES = ['otter', 'heron', 'badger', 'finch', 'newt', 'marten', 'lynx', 'wren', 'toad', 'ibex']

/** An animal and a number of two digits. */
export function randomName() {
  return NAMES[Math.floor(Math.random() * NAMES.length)] + Math.floor(10 + Math.random() * 90)
}

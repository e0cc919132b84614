// The code of an entry: its files as the server read them, with line numbers, and with colours for what a glance can tell.

const PARTS = {
  comment: String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`,
  string: '`(?:\\\\[\\s\\S]|[^`\\\\])*`|\'(?:\\\\.|[^\'\\\\\\n])*\'|"(?:\\\\.|[^"\\\\\\n])*"',
  word: String.raw`\b(?:import|export|from|type|interface|const|let|function|async|await|return|if|else|for|of|in|new|throw|try|catch|as|readonly|typeof|undefined|null|true|false|extends|void)\b`,
  number: String.raw`\b\d[\d_]*(?:\.\d+)?\b`,
}
const TOKENS = new RegExp(
  Object.entries(PARTS)
    .map(([name, pattern]) => `(?<${name}>${pattern})`)
    .join('|'),
  'g',
)

/** Shows the first file of the entry, and a button for each if there are several. */
export function showCode(panel, { title, files, example }) {
  const buttons = files.map(({ name }) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = name
    return button
  })
  function show(index) {
    for (const [at, button] of buttons.entries()) button.setAttribute('aria-pressed', String(at === index))
    const box = panel.querySelector('#code')
    box.setAttribute('aria-label', `Code of ${title}: examples/${files[index].name}`)
    box.querySelector('code').replaceChildren(...lines(files[index].code))
    box.scrollTop = 0
  }
  for (const [index, button] of buttons.entries()) button.addEventListener('click', () => show(index))
  panel.querySelector('#code-files').replaceChildren(...buttons)
  panel.querySelector('#code-command').textContent = example === undefined ? '' : `npm run example ${example}`
  show(0)
}

/** One element for each line; a token that goes on over lines is cut at their ends. */
function lines(code) {
  const made = [line()]
  let at = 0
  function put(text, kind) {
    for (const [n, part] of text.split('\n').entries()) {
      if (n > 0) {
        made.at(-1).append('\n')
        made.push(line())
      }
      if (part === '') continue
      if (kind === undefined) made.at(-1).append(part)
      else made.at(-1).append(token(part, kind))
    }
  }
  for (const { 0: text, index, groups } of code.trimEnd().matchAll(TOKENS)) {
    put(code.slice(at, index))
    put(
      text,
      Object.keys(groups).find((name) => groups[name] !== undefined),
    )
    at = index + text.length
  }
  put(code.slice(at).trimEnd())
  return made
}

function line() {
  const made = document.createElement('span')
  made.className = 'line'
  return made
}
function token(text, kind) {
  const made = document.createElement('span')
  made.className = `t-${kind}`
  made.textContent = text
  return made
}

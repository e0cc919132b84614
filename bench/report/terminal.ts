// The results as text for the terminal.
import type { Results } from './results.js'
import { sections, taken } from './sections.js'
import { asText } from './table.js'

export function terminalText(results: Results): string {
  const parts = sections(results).map(({ title, words, table }) =>
    [title, words, ...(table === undefined ? [] : ['', asText(table)])].join('\n'),
  )
  return [taken(results), ...parts].join('\n\n')
}

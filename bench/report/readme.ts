// The part of README.md that shows the last results: all between its two marks is written anew, nothing else is touched.
import type { Results } from './results.js'
import { sections, taken } from './sections.js'
import { asMarkdown } from './table.js'

const START = '<!-- results -->'
const END = '<!-- /results -->'
const PLOT = '![What one operation costs, by size](cost-by-size.svg)'

function markdown(results: Results): string {
  const parts = sections(results).map(({ title, words, table }) =>
    [
      `### ${title}`,
      words,
      ...(table === undefined ? [] : [asMarkdown(table)]),
      ...(title === 'How cost grows' ? [PLOT] : []),
    ].join('\n\n'),
  )
  return [taken(results), ...parts].join('\n\n')
}

/** The page with these results; throws if it has not both marks, once each, in order. */
export function withResults(page: string, results: Results): string {
  const pieces = page.split(START)
  const [before, rest] = pieces
  const after = rest?.split(END)
  if (pieces.length !== 2 || after?.length !== 2) throw new Error(`README.md must have ${START} and ${END}, once each`)
  return `${before}${START}\n${markdown(results)}\n${END}${after[1]}`
}

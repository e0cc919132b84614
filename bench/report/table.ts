// A table, as aligned text for the terminal and as Markdown. It starts with columns of text, all others are figures.

export interface Table {
  /** How many columns of text there are; a terminal has room for the first only. */
  readonly texts: number
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Columns as wide as their widest cell, two spaces between them. */
export function asText({ texts, head, rows }: Table): string {
  const shown = [head, ...rows].map(([name = '', ...cells]) => [name, ...cells.slice(texts - 1)])
  const widths = (shown[0] ?? []).map((_name, column) => Math.max(...shown.map((row) => (row[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number)))
      .join('  ')
      .trimEnd()
  return shown.map(line).join('\n')
}

export function asMarkdown({ texts, head, rows }: Table): string {
  const ruler = head.map((_name, column) => (column < texts ? '---' : '---:'))
  return [head, ruler, ...rows].map(markdownLine).join('\n')
}
function markdownLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** With a space between thousands; whole from 100 on, one place below, two below 10. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  return thousands(value, size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

export function thousands(value: number, places = 0): string {
  const fixed = { minimumFractionDigits: places, maximumFractionDigits: places }
  return value.toLocaleString('en', fixed).replaceAll(',', ' ')
}

export function ratio(value: number | null): string {
  return value === null || !Number.isFinite(value) ? '–' : value.toFixed(2)
}

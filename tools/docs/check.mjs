// Walks through the built site: each door and each of its exports has a page, each guide too; each link and each place in a page that
// one leads to is there; nothing is fetched from elsewhere; the search knows exports by name and guides by what stands in them.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix, resolve } from 'node:path'
import { inflateSync } from 'node:zlib'
import lunr from 'lunr'
import ts from 'typescript'

/** What is wrong, [] if nothing is. */
export function check(site, { doors, pages }) {
  const files = readdirSync(site, { recursive: true }).map((name) => name.split('\\').join('/'))
  const html = new Map(files.filter((name) => name.endsWith('.html')).map((name) => [name, pageOf(site, name)]))
  const exported = exportsOf(doors)
  return [
    ...exported.flatMap((one) => exportFaults(html, one)),
    ...[...html.values()].flatMap((page) => linkFaults(site, page, html)),
    ...files.filter((name) => name.endsWith('.css')).flatMap((name) => cssFaults(site, name)),
    ...searchFaults(site, html, exported, pages),
  ]
}

/** A page: where it leads to, what it fetches, and the places in it. */
function pageOf(site, name) {
  const text = readFileSync(posix.join(site, name), 'utf8')
  return {
    name,
    text,
    places: new Set(all(text, / (?:id|name)="([^"]+)"/g)),
    links: all(text, /<a [^>]*?href="([^"]*)"/g),
    fetched: all(text, /<(?:script|img|link|iframe|use|source)\b[^>]*? (?:src|href)="([^"]*)"/g),
  }
}
const all = (text, pattern) => [...text.matchAll(pattern)].map(([, found]) => found.replaceAll('&amp;', '&'))

/** The names that each door exports, and those of its namespaces, as the compiler finds them. */
export function exportsOf(doors) {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile('tools/docs/tsconfig.json', ts.sys.readFile).config,
    ts.sys,
    'tools/docs',
  )
  const program = ts.createProgram(
    doors.map(({ file }) => file),
    options,
  )
  const checker = program.getTypeChecker()
  return doors.flatMap(({ name: door, file }) => {
    const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(resolve(file))))
    return symbols.flatMap((symbol) => {
      const declared = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      const isNamespace = declared.getJsDocTags(checker).some(({ name }) => name === 'namespace')
      const fields = isNamespace
        ? checker
            .getTypeOfSymbol(declared)
            .getProperties()
            .map(({ name }) => name)
        : []
      return [symbol.name, ...fields.map((field) => `${symbol.name}.${field}`)].map((name) => ({ door, name }))
    })
  })
}

/** It has a page, and that of its door leads there; of what another door exports too it is the page there. */
function exportFaults(html, { door, name }) {
  const [namespace, field] = name.split('.')
  const place = door.replaceAll('/', '_')
  const from = html.get(`modules/${field === undefined ? place : `${place}.${namespace}`}.html`)
  if (from === undefined) return [`${door} has no page`]
  const page = from.links.map((link) => posix.join('modules', link)).find((link) => link.endsWith(`.${name}.html`))
  if (page === undefined) return [`${door}: ${name} is not on the page of its door`]
  return html.get(page)?.text.includes(namespace) ? [] : [`${door}: ${name} has no page`]
}

function linkFaults(site, page, html) {
  const inside = [...page.links, ...page.fetched].filter((link) => !/^[a-z]+:/.test(link))
  const fetched = page.fetched.filter((link) => /^(?:[a-z]+:)?\/\//.test(link)).map((link) => `${page.name} fetches ${link}`)
  const broken = inside.filter((link) => {
    const [path, place] = link.split('#')
    const target = path === '' ? page.name : posix.join(posix.dirname(page.name), decodeURI(path))
    if (!existsSync(posix.join(site, target))) return true
    return place !== undefined && place !== '' && html.has(target) && !html.get(target).places.has(decodeURIComponent(place))
  })
  return [...fetched, ...broken.map((link) => `${page.name} leads to ${link}, which is not there`)]
}
function cssFaults(site, name) {
  const urls = all(readFileSync(posix.join(site, name), 'utf8'), /url\(["']?([^"')]+)/g)
  return urls.filter((url) => /^(?:[a-z]+:)?\/\//.test(url)).map((url) => `${name} fetches ${url}`)
}

/** What TypeDoc has packed into a script. */
const unpacked = (site, name) =>
  JSON.parse(inflateSync(Buffer.from(/"([^"]+)"/.exec(readFileSync(posix.join(site, 'assets', name), 'utf8'))[1], 'base64')))

/** Each export is found by its name, each guide by words of its own text, and leads to a page that is there. */
function searchFaults(site, html, exported, pages) {
  const { rows, index } = unpacked(site, 'search.js')
  const search = lunr.Index.load(index)
  const found = (words) =>
    search.query((query) => words.forEach((word) => query.term(word, { presence: lunr.Query.presence.REQUIRED })))
  const titles = (words) => found(words).map(({ ref }) => rows[ref].name)
  const names = new Set(rows.map(({ parent, name }) => `${parent} ${name}`))
  const unnamed = exported.filter(({ door, name }) => {
    const [namespace, field] = name.split('.')
    return field === undefined ? !rows.some((row) => row.name === name) : !names.has(`${door}.${namespace} ${field}`)
  })
  const guides = pages.filter(({ name, content }) => !titles(wordsOf(content.map(({ text }) => text).join(''))).includes(name))
  return [
    ...unnamed.map(({ door, name }) => `the search does not know ${name} of ${door}`),
    ...guides.map(({ name }) => `the search does not find the page ${name} by what it says`),
    ...rows.filter(({ url }) => !html.has(url.split('#')[0])).map(({ url }) => `the search leads to ${url}, which is not there`),
  ]
}
/** The three longest words of a text, as the index has them. */
function wordsOf(text) {
  const words = [...new Set(text.toLowerCase().match(/(?<=\s)[a-z]{4,}(?=\s)/g))]
  return words.toSorted((one, other) => other.length - one.length).slice(0, 3)
}

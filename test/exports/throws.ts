// Which functions of `src` make an error of gensock: in their own body, or in a function that they call by its name, wherever it
// stands. Methods are not followed: of what a function does by them nothing is derived.
import { type Declaration, declarationsOf, importsOf, type Source, type Tree } from './declarations.js'

/** Makes each of its errors, with whatever code. */
const isError = (source: Source): boolean => errorOf(source) !== undefined

function errorOf(source: Source): Declaration | undefined {
  if (source.name === 'GensockError') return declarationsOf(source.file).get(source.name)
  const declared = declarationsOf(source.file).get(source.name)
  const above: string | undefined = declared?.kind === 'class' ? declared.tree['superClass']?.value : undefined
  return above === undefined ? undefined : errorOf(sourceOf(source.file, above))
}
const sourceOf = (file: string, name: string): Source => importsOf(file).imported.get(name) ?? { file, name }

/** Of what is called or made by a name. `links.link()` is `link` of the file that is imported as `links`. */
function callsIn(file: string, tree: unknown, found: { made: Source[]; called: Source[] }): void {
  if (typeof tree !== 'object' || tree === null) return
  const { type, callee } = tree as Tree
  if (/^(ArrowFunctionExpression|FunctionExpression|MethodProperty|ClassMethod)$/.test(type)) return // runs at another time, if at all
  if (type === 'NewExpression' && callee.type === 'Identifier') found.made.push(sourceOf(file, callee.value))
  if (type === 'CallExpression' && callee.type === 'Identifier') found.called.push(sourceOf(file, callee.value))
  if (type === 'CallExpression' && callee.type === 'MemberExpression' && callee.object.type === 'Identifier') {
    const of = importsOf(file).imported.get(callee.object.value)
    if (of?.name === '*') found.called.push({ file: of.file, name: callee.property.value })
  }
  for (const child of Object.values(tree)) callsIn(file, child, found)
}

const known = new Map<string, string[]>()
/** How a function comes to make an error: the names from what it calls to what is made; none if it makes none. */
export function wayToError(file: string, tree: Tree): string[] {
  const found = { made: [] as Source[], called: [] as Source[] }
  callsIn(file, tree['body'], found)
  const made = found.made.find(isError)
  return made === undefined ? (found.called.map(wayThrough).find((way) => way.length > 0) ?? []) : [made.name]
}
function wayThrough({ file, name }: Source): string[] {
  const key = `${file}:${name}`
  if (!known.has(key)) {
    known.set(key, []) // a circle adds nothing
    const tree = declarationsOf(file).get(name)?.tree
    const way = tree?.['type'] === 'FunctionDeclaration' ? wayToError(file, tree) : []
    known.set(key, way.length === 0 ? [] : [name, ...way])
  }
  return known.get(key) as string[]
}

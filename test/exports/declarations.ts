// The declarations of a file of `src`, as its syntax tree has them: what each is, its docstring, what goes in, which functions it
// calls, what it can throw.
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { parseSync } from '@swc/core'

/** A node of swc's syntax tree. */
export type Tree = Readonly<Record<string, any>>
/** A field, method or call of an interface or class. */
export interface Field {
  readonly name: string
  readonly isOptional: boolean
  readonly doc: string
}
/** Something that a file declares. */
export interface Declaration {
  readonly kind: 'function' | 'class' | 'const' | 'interface' | 'type'
  readonly doc: string
  /** Of a function: the names of what goes in, of all its overloads; one for each that is taken apart has none. */
  readonly parameters: readonly string[]
  /** Does the function answer nothing? */
  readonly isVoid: boolean
  /** Of a const that is an object: the functions in it by name; of one that stands elsewhere what it is called in its file. */
  readonly members: ReadonlyMap<string, string | Declaration>
  readonly fields: readonly Field[]
  readonly tree: Tree
}
/** What a file takes from others and passes on: the name in this file -> the file and its name there; '*' for all of a file. */
export interface Imports {
  readonly imported: ReadonlyMap<string, Source>
  readonly exported: ReadonlyMap<string, Source>
}
export interface Source {
  readonly file: string
  readonly name: string
}

const KINDS: Readonly<Record<string, Declaration['kind']>> = {
  FunctionDeclaration: 'function',
  ClassDeclaration: 'class',
  VariableDeclaration: 'const',
  TsInterfaceDeclaration: 'interface',
  TsTypeAliasDeclaration: 'type',
}

function remembered<Value>(read: (file: string) => Value): (file: string) => Value {
  const known = new Map<string, Value>()
  return (file) => {
    if (!known.has(file)) known.set(file, read(file))
    return known.get(file) as Value
  }
}
const bytesOf = remembered((file) => readFileSync(`src/${file}`))
const bodyOf = remembered((file) => parseSync(String(bytesOf(file)), { syntax: 'typescript', target: 'es2022' }).body as Tree[])

/** The docstring right before a place in a file, '' if there is none. swc counts bytes, from 1. */
function docBefore(file: string, place: Tree): string {
  const before = bytesOf(file)
    .subarray(0, place['span'].start - 1)
    .toString()
    .trimEnd()
  return before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : ''
}

/** Name -> declaration. The docstrings of an overloaded function are one. */
export const declarationsOf = remembered((file): ReadonlyMap<string, Declaration> => {
  const found = new Map<string, Declaration>()
  for (const statement of bodyOf(file)) {
    const tree: Tree = statement['declaration'] ?? statement
    const kind = KINDS[tree['type'] as string]
    if (kind === undefined) continue
    const { identifier, id = identifier, init } = kind === 'const' ? tree['declarations'][0] : (tree as any)
    const before = found.get(id.value as string)
    const parameters = kind === 'function' ? (tree['params'] as Tree[]).map(({ pat }) => parameterOf(pat)) : []
    found.set(id.value as string, {
      kind,
      doc: `${before?.doc ?? ''}${docBefore(file, statement)}`,
      parameters:
        before === undefined || tree['body'] === null ? [...(before?.parameters ?? []), ...parameters] : before.parameters,
      isVoid: before?.isVoid ?? answersNothing(tree),
      members: id.typeAnnotation ? new Map() : membersOf(file, init),
      fields: fieldsOf(file, tree),
      tree,
    })
  }
  return found
})

function parameterOf(pattern: Tree): string {
  if (pattern['type'] === 'AssignmentPattern') return parameterOf(pattern['left'])
  return pattern['type'] === 'RestElement' ? parameterOf(pattern['argument']) : (pattern['value'] ?? '')
}

function membersOf(file: string, init: Tree | undefined): ReadonlyMap<string, string | Declaration> {
  if (init?.['type'] === 'CallExpression') return membersOf(file, init['arguments'][0]?.expression) // Object.freeze({ ... })
  if (init?.['type'] !== 'ObjectExpression') return new Map()
  return new Map(
    (init['properties'] as Tree[]).flatMap(({ type, value, key }): [string, string | Declaration][] => {
      if (type === 'Identifier') return [[value, value]]
      if (type !== 'KeyValueProperty' || key.type !== 'Identifier') return []
      if (value.type === 'Identifier') return [[key.value, value.value]]
      return value.type === 'ArrowFunctionExpression' ? [[key.value, functionIn(docBefore(file, key), value)]] : []
    }),
  )
}
function functionIn(doc: string, tree: Tree): Declaration {
  const parameters = (tree['params'] as Tree[]).map(parameterOf)
  return { kind: 'function', doc, parameters, isVoid: answersNothing(tree), members: new Map(), fields: [], tree }
}
const answersNothing = ({ returnType }: Tree): boolean => ['void', 'never'].includes(returnType?.typeAnnotation.kind)

/** What stands in an interface, a class, or an object type; nothing of any other declaration. Overloads count once. */
function fieldsOf(file: string, { body, typeAnnotation }: Tree): Field[] {
  const all: Tree[] = body?.body ?? (Array.isArray(body) ? body : (typeAnnotation?.members ?? []))
  const fields = all.flatMap((tree): Field[] => {
    const name: string = tree['key']?.value ?? tree['key']?.expression?.value ?? ''
    const isInside = /^(Private|Constructor|StaticBlock)/.test(tree['type']) || tree['isStatic'] === true || name.startsWith('_')
    const isOptional = tree['optional'] === true || tree['isOptional'] === true
    return isInside ? [] : [{ name, isOptional, doc: docBefore(file, tree) }]
  })
  return fields.filter(({ name }, index) => name !== fields[index - 1]?.name)
}

/** Where the names of a file are from. `export * from` passes on all that the other file exports. */
export const importsOf = remembered((file): Imports => {
  const [imported, exported] = [new Map<string, Source>(), new Map<string, Source>()]
  for (const { type, source, specifiers } of bodyOf(file)) {
    if (!source?.value.startsWith('.')) continue
    const from = posix.join(posix.dirname(file), source.value).replace(/\.js$/, '.ts')
    if (type === 'ExportAllDeclaration') for (const name of exportedBy(from)) exported.set(name, { file: from, name })
    for (const { type: kind, local, imported: original, orig, exported: renamed } of specifiers ?? []) {
      if (kind === 'ExportSpecifier') exported.set((renamed ?? orig).value, { file: from, name: orig.value })
      else imported.set(local.value, { file: from, name: kind === 'ImportNamespaceSpecifier' ? '*' : (original ?? local).value })
    }
  }
  return { imported, exported }
})

function exportedBy(file: string): string[] {
  const declared = bodyOf(file).flatMap(({ type, declaration }): string[] => {
    if (type !== 'ExportDeclaration') return []
    const { identifier, id = identifier, declarations } = declaration
    return [(id ?? declarations[0].id).value]
  })
  return [...new Set([...declared, ...importsOf(file).exported.keys()])]
}

// Hot path. The living processes of a node by number, in pages of an array each: numbers go up by one, so a Map would
// only hash and rehash. Iterates from the oldest to the youngest. Entered by the kernel; calls nobody.

const PAGE = 512

class Page<T> {
  readonly items: (T | null)[] = Array.from<T | null>({ length: PAGE }).fill(null)
  used = 0
}

/** What a Map from numbers would be. */
export class ProcessTable<T> {
  readonly #pages = new Map<number, Page<T>>()
  #last: Page<T> | null = null
  #lastIndex = -1
  size = 0

  get(key: number): T | undefined {
    return this.#pages.get(Math.floor(key / PAGE))?.items[key % PAGE] ?? undefined
  }

  set(key: number, value: T): void {
    const index = Math.floor(key / PAGE)
    let page = this.#last
    if (page === null || index !== this.#lastIndex) {
      if (page !== null && page.used === 0) this.#pages.delete(this.#lastIndex)
      page = this.#pages.get(index) ?? new Page()
      this.#pages.set(index, page)
      this.#last = page
      this.#lastIndex = index
    }
    page.items[key % PAGE] = value
    page.used++
    this.size++
  }

  delete(key: number): void {
    const index = Math.floor(key / PAGE)
    const page = index === this.#lastIndex ? (this.#last as Page<T>) : this.#pages.get(index)
    if (page === undefined || page.items[key % PAGE] === null) return
    page.items[key % PAGE] = null
    this.size--
    if (--page.used === 0 && index !== this.#lastIndex) this.#pages.delete(index)
  }

  *values(): IterableIterator<T> {
    for (const page of this.#pages.values()) for (const item of page.items) if (item !== null) yield item
  }
}

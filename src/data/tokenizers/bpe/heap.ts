/**
 * A binary heap.
 *
 * @module
 */

/** Numbers of which the first, in some order, can be taken. */
export class Heap {
  readonly #items: number[] = [];
  readonly #before: (a: number, b: number) => boolean;

  /** @param before Whether `a` comes before `b`; it must not change for items that are inside. */
  constructor(before: (a: number, b: number) => boolean) {
    this.#before = before;
  }

  /** Puts a number in. */
  push(item: number): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(item, items[parent])) break;
      items[at] = items[parent];
      at = parent;
    }
    items[at] = item;
  }

  /** Takes the first number out; `undefined` if there is none. */
  pop(): number | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.#before(items[child + 1], items[child])) child++;
      if (!this.#before(items[child], last)) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = last;
    return first;
  }
}

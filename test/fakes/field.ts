import { readFileSync } from 'node:fs'

/** A file of test/field: inputs in the shapes that people have reported, with made-up contents. */
export const fieldText = (name: string): string =>
  readFileSync(new URL(`../field/${name}`, import.meta.url), 'utf8').trim()

/** The same as JSON. */
export const fieldJson = (name: string): unknown => JSON.parse(fieldText(name))

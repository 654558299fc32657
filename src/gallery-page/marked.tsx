import type { Part } from './comparison.ts'

/** A prompt in pieces, with those marked that are not in another one. */
export function Marked({ parts }: { parts: readonly Part[] }) {
  return <>{parts.map(({ text, isNew }, at) => (isNew ? <mark key={text + at}>{text}</mark> : text))}</>
}

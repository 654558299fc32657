import { useEffect, useRef, useState } from 'preact/hooks'
import type { Marks } from './api.ts'
import { Icon } from './icons.tsx'

interface Props {
  readonly marks: Marks
  readonly canChange: boolean
  /** What it might be tagged with. */
  readonly suggested: readonly string[]
  mark(changes: Partial<Marks>): void
  findTag(tag: string): void
}

/** Tags and a note of one's own; both are saved as they are written. */
export function MarksForm({ marks, canChange, suggested, mark, findTag }: Props) {
  if (!canChange && marks.tags.length === 0 && !marks.note) return null
  const add = (tag: string) => !marks.tags.includes(tag) && mark({ tags: [...marks.tags, tag] })
  const drop = (tag: string) => mark({ tags: marks.tags.filter((one) => one !== tag) })
  return (
    <section class="marks">
      <h3>Tags</h3>
      <ul class="tags">
        {marks.tags.map((tag) => (
          <li key={tag} class="tag">
            <button type="button" aria-label={`Show all with tag ${tag}`} onClick={() => findTag(tag)}>
              {tag}
            </button>
            {canChange && (
              <button type="button" class="drop" aria-label={`Remove tag ${tag}`} onClick={() => drop(tag)}>
                <Icon name="close" />
              </button>
            )}
          </li>
        ))}
        {canChange && (
          <li>
            <NewTag add={add} />
          </li>
        )}
      </ul>
      {canChange && (
        <ul class="tags suggested" aria-label="Suggested tags">
          {suggested
            .filter((tag) => !marks.tags.includes(tag))
            .map((tag) => (
              <li key={tag}>
                <button type="button" onClick={() => add(tag)}>
                  <span aria-hidden="true">+ </span>
                  <span class="sr-only">Add tag </span>
                  {tag}
                </button>
              </li>
            ))}
        </ul>
      )}
      <h3 id="note-title">Note</h3>
      {canChange ? <Note note={marks.note} mark={mark} /> : <p class="note">{marks.note}</p>}
    </section>
  )
}

function NewTag({ add }: { add(tag: string): void }) {
  const [text, setText] = useState('')
  const done = () => {
    const tag = text.trim()
    if (tag) add(tag)
    setText('')
  }
  return (
    <input
      class="new-tag"
      aria-label="New tag"
      placeholder="Add a tag"
      maxLength={80}
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && text !== '') {
          // Takes back what was typed; only the next one closes the picture.
          event.preventDefault()
          setText('')
        }
        if (event.key !== 'Enter' && event.key !== ',') return
        event.preventDefault()
        done()
      }}
    />
  )
}

function Note({ note, mark }: { readonly note: string } & Pick<Props, 'mark'>) {
  const [text, setText] = useState(note)
  const known = useRef(note)
  const latest = useRef(text)
  latest.current = text
  // What another window wrote is shown, unless this one is being written in.
  useEffect(() => {
    if (latest.current === known.current) setText(note)
    known.current = note
  }, [note])
  const save = () => {
    if (latest.current === known.current) return
    known.current = latest.current
    mark({ note: latest.current })
  }
  // Saved when the hand rests, as the text stands then, and when the page is left.
  useEffect(() => {
    const timer = setTimeout(save, 800)
    addEventListener('pagehide', save)
    return () => {
      clearTimeout(timer)
      removeEventListener('pagehide', save)
    }
  }, [text])
  return (
    <textarea
      class="note"
      aria-labelledby="note-title"
      placeholder="Something to remember"
      rows={3}
      maxLength={10_000}
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
      onBlur={save}
    />
  )
}

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Marks } from './api.ts'
import { Icon } from './icons.tsx'

interface Props {
  readonly marks: Marks
  readonly canChange: boolean
  setMarks(marks: Marks): void
  findTag(tag: string): void
}

/** Tags and a note of one's own; both are saved as they are written. */
export function MarksForm({ marks, canChange, setMarks, findTag }: Props) {
  if (!canChange && marks.tags.length === 0 && !marks.note) return null
  const drop = (tag: string) => setMarks({ ...marks, tags: marks.tags.filter((one) => one !== tag) })
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
            <NewTag add={(tag) => !marks.tags.includes(tag) && setMarks({ ...marks, tags: [...marks.tags, tag] })} />
          </li>
        )}
      </ul>
      <h3 id="note-title">Note</h3>
      {canChange ? <Note marks={marks} setMarks={setMarks} /> : <p class="note">{marks.note}</p>}
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
        if (event.key !== 'Enter' && event.key !== ',') return
        event.preventDefault()
        done()
      }}
    />
  )
}

function Note({ marks, setMarks }: Pick<Props, 'marks' | 'setMarks'>) {
  const [text, setText] = useState(marks.note)
  const latest = useRef({ text, marks, setMarks })
  latest.current = { text, marks, setMarks }
  const save = () => {
    const { text: now, marks: known, setMarks: set } = latest.current
    if (now !== known.note) set({ ...known, note: now })
  }
  // Saved when the hand rests, as the text stands then.
  useEffect(() => {
    const timer = setTimeout(save, 800)
    return () => clearTimeout(timer)
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

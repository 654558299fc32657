import { useEffect, useRef, useState } from 'preact/hooks'
import type { Marks, PictureDetails, Source } from './api.ts'

/** All that is known of a picture, with its marks as they are being changed. */
export interface Details {
  /** Those of the picture before, for as long as the next ones are on their way, would be wrong: null then. */
  readonly details: PictureDetails | null
  readonly error: string | null
  mark(changes: Partial<Marks>): void
  deleteImage(): void
}

interface Errors {
  readonly load?: string | undefined
  readonly change?: string | undefined
}

const wordsOf = (reason: unknown) => (reason instanceof Error ? reason.message : String(reason))

/** Fetches the details of a picture, anew whenever the list has another revision, and sends its changes. */
export function useDetails(source: Source, id: string, revision: number, changed: () => void): Details {
  const [details, setDetails] = useState<PictureDetails | null>(null)
  const [errors, setErrors] = useState<Errors>({})
  const [wanted, want] = useState(0)
  // Changes of one picture are sent one after the other, so that the last one wins.
  const sending = useRef<Promise<void>>(Promise.resolve())
  const tell = (error: Errors) => setErrors((before) => ({ ...before, ...error }))
  useEffect(() => setErrors({}), [id])
  // Another window may have changed something, and `wanted` asks anew.
  useEffect(() => {
    let isOver = false
    source.detail(id).then(
      (next) => {
        if (isOver) return
        setDetails(next)
        tell({ load: undefined })
      },
      (reason) => !isOver && tell({ load: wordsOf(reason) }),
    )
    return () => {
      isOver = true
    }
  }, [source, id, revision, wanted])
  const current = details?.picture.id === id ? details : null
  /** What could not be changed is shown as it still is. */
  const send = (action: () => Promise<unknown>) => {
    tell({ change: undefined })
    sending.current = sending.current.then(action).then(changed, (reason) => {
      tell({ change: wordsOf(reason) })
      want((count) => count + 1)
    })
  }
  return {
    details: current,
    error: errors.change ?? errors.load ?? null,
    mark(changes) {
      if (!current) return
      setDetails({ ...current, marks: { ...current.marks, ...changes } })
      send(() => source.mark(id, changes))
    },
    deleteImage() {
      if (!current) return
      send(async () => {
        await source.deleteImage(id)
        setDetails((now) => (now?.picture.id === id ? { ...now, picture: { ...now.picture, isMissing: true } } : now))
      })
    },
  }
}

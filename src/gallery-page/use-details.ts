import { useEffect, useRef, useState } from 'preact/hooks'
import type { Marks, PictureDetails, Source } from './api.ts'

/** All that is known of a picture, with its marks as they are being changed. */
export interface Details {
  /** Those of the picture before, for as long as the next ones are on their way, would be wrong: null then. */
  readonly details: PictureDetails | null
  readonly error: string | null
  setMarks(marks: Marks): void
  deleteImage(): void
}

/** Fetches the details of a picture and sends its changes. */
export function useDetails(source: Source, id: string, changed: () => void): Details {
  const [details, setDetails] = useState<PictureDetails | null>(null)
  const [error, setError] = useState<string | null>(null)
  // Changes of one picture are sent one after the other, so that the last one wins.
  const sending = useRef<Promise<void>>(Promise.resolve())
  const fail = (reason: unknown) => setError(reason instanceof Error ? reason.message : String(reason))
  useEffect(() => {
    let isOver = false
    setError(null)
    source.detail(id).then(
      (next) => !isOver && setDetails(next),
      (reason) => !isOver && fail(reason),
    )
    return () => {
      isOver = true
    }
  }, [source, id])
  const current = details?.picture.id === id ? details : null
  const send = (action: () => Promise<unknown>) => {
    sending.current = sending.current.then(action).then(changed).catch(fail)
  }
  return {
    details: current,
    error,
    setMarks(marks) {
      if (!current) return
      setError(null)
      setDetails({ ...current, marks })
      send(() => source.mark(id, marks))
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

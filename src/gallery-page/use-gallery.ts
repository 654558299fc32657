import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Connection, type Hits, type PictureList, RequestError, type Source } from './api.ts'
import { type Shown, show } from './shown.ts'
import { type Filters, filterParams } from './state.ts'

/** What the page has of the gallery. */
export interface Gallery {
  readonly shown: Shown | null
  readonly error: string | null
  readonly connection: Connection
  /** Pictures that arrived while the page was open. */
  readonly fresh: ReadonlySet<string>
  refresh(): void
}

/** The list and the hits of the filters, kept fresh while pictures arrive. */
export function useGallery(source: Source, filters: Filters): Gallery {
  const [error, setError] = useState<string | null>(null)
  const { list, refresh, refreshUnlessLoading } = useList(source, setError)
  const shown = useHits({ source, filters, list, listIsOld: refreshUnlessLoading, setError })
  const { connection, fresh } = useArrivals(source, list?.revision, refresh)
  return useMemo(() => ({ shown, error, connection, fresh, refresh }), [shown, error, connection, fresh, refresh])
}

type SetError = (message: string | null) => void

const wordsOf = (reason: unknown) => (reason instanceof RequestError ? reason.message : String(reason))
const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError'

/** The whole list, fetched again at every refresh. */
function useList(source: Source, setError: SetError) {
  const [list, setList] = useState<PictureList | null>(null)
  const [wanted, want] = useState(0)
  const isLoading = useRef(false)
  const refresh = useCallback(() => want((count) => count + 1), [])
  // `wanted` asks for the list again.
  useEffect(() => {
    isLoading.current = true
    let isOver = false
    source
      .list()
      .then(
        (next) => {
          if (isOver) return
          setError(null)
          setList(next)
        },
        (reason) => setError(wordsOf(reason)),
      )
      .finally(() => {
        isLoading.current = false
      })
    return () => {
      isOver = true
    }
  }, [source, wanted])
  const refreshUnlessLoading = () => {
    if (!isLoading.current) refresh()
  }
  return { list, refresh, refreshUnlessLoading }
}

interface Search {
  readonly source: Source
  readonly filters: Filters
  readonly list: PictureList | null
  /** The hits are those of another revision of the list. */
  listIsOld(): void
  readonly setError: SetError
}

/** Nobody sees a search of the letters before the last one. */
const typingMs = 60

/** The pictures of the list that answer the filters; those of before until an answer is there. */
function useHits({ source, filters, list, listIsOld, setError }: Search): Shown | null {
  const [shown, setShown] = useState<Shown | null>(null)
  const query = filterParams(filters).toString()
  // `query` stands for the filters.
  useEffect(() => {
    if (!list) return
    if (!query) {
      setShown(show(list, filters, null))
      return
    }
    const controller = new AbortController()
    const take = ({ revision, positions, corrected }: Hits) => {
      if (revision !== list.revision) listIsOld()
      else if (corrected === undefined) setShown(show(list, filters, positions))
      else setShown({ ...show(list, { ...filters, q: corrected }, positions), insteadOf: filters.q })
    }
    const fail = (reason: unknown) => {
      if (!isAbort(reason)) setError(wordsOf(reason))
    }
    const timer = setTimeout(() => void source.search(filters, controller.signal).then(take).catch(fail), typingMs)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [source, list, query])
  return shown
}

/** What arrived a while ago is not shown to arrive again when it is scrolled back to. */
const freshMs = 10_000

/** Changes that come one after the other are one reason to refresh. */
const gatheringMs = 150

/** Listens to the gallery, and refreshes whenever the list known is not that of now. */
function useArrivals(source: Source, revision: number | undefined, refresh: () => void) {
  const [connection, setConnection] = useState<Connection>('there')
  const fresh = useRef(new Set<string>())
  const known = useRef(revision)
  known.current = revision
  useEffect(() => {
    let wasLost = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const arrive = (id: string) => {
      fresh.current.add(id)
      setTimeout(() => fresh.current.delete(id), freshMs)
    }
    const soon = () => {
      clearTimeout(timer)
      timer = setTimeout(refresh, gatheringMs)
    }
    const stop = source.listen({
      changed({ added }) {
        for (const id of added) arrive(id)
        soon()
      },
      greeted(current) {
        if (known.current !== undefined && known.current !== current) soon()
      },
      connection(state) {
        if (state === 'there' && wasLost) soon()
        wasLost = state !== 'there'
        setConnection(state)
      },
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [source, refresh])
  return { connection, fresh: fresh.current }
}

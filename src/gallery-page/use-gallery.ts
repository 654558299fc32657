import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Changed, type Connection, type Hits, type PictureList, RequestError, type Source } from './api.ts'
import { patched } from './patched.ts'
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
  const { list, refresh, refreshUnlessLoading, follow } = useList(source, setError)
  const shown = useHits({ source, filters, list, listIsOld: refreshUnlessLoading, setError })
  const { connection, fresh } = useArrivals(source, list?.revision, refresh, follow)
  return useMemo(() => ({ shown, error, connection, fresh, refresh }), [shown, error, connection, fresh, refresh])
}

type SetError = (message: string | null) => void

const wordsOf = (reason: unknown) => (reason instanceof RequestError ? reason.message : String(reason))
const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError'

/** The whole list, fetched again at every refresh, and followed where changes say all that is new. */
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
  const latest = useRef(list)
  latest.current = list
  const follow = useCallback((changes: readonly Changed[]) => {
    // A list that is on its way may be older than these.
    const next = latest.current && !isLoading.current ? patched(latest.current, changes) : undefined
    if (next) setList(next)
    else refresh()
  }, [])
  return { list, refresh, refreshUnlessLoading, follow }
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

/** Changes that come one after the other are taken together. */
const gatheringMs = 150

/** Listens to the gallery, and hands over what changes; refreshes where that may have been missed. */
function useArrivals(
  source: Source,
  revision: number | undefined,
  refresh: () => void,
  follow: (changes: readonly Changed[]) => void,
) {
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
    let gathered: Changed[] = []
    const soon = (act: () => void) => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        gathered = []
        act()
      }, gatheringMs)
    }
    const stop = source.listen({
      changed(change) {
        for (const id of change.added) arrive(id)
        gathered.push(change)
        const changes = gathered
        soon(() => follow(changes))
      },
      greeted(current) {
        if (known.current !== undefined && known.current !== current) soon(refresh)
      },
      connection(state) {
        if (state === 'there' && wasLost) soon(refresh)
        wasLost = state !== 'there'
        setConnection(state)
      },
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [source, refresh, follow])
  return { connection, fresh: fresh.current }
}

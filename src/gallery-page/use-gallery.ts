import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Connection, type Hits, type PictureList, RequestError, type Source } from './api.ts'
import { type Filters, filterParams } from './state.ts'

/** What the grid shows: the list, and which of it was asked for. */
export interface Shown {
  readonly list: PictureList
  /** The filters these hits answer; they lag behind the search bar by one request. */
  readonly filters: Filters
  readonly positions: Uint32Array | null
  readonly count: number
  idAt(index: number): string
  /** The place of a picture among those shown; -1 when it is not shown. */
  indexOf(id: string): number
  flagsAt(index: number): number
}

export interface Gallery {
  readonly shown: Shown | null
  readonly error: string | null
  readonly connection: Connection
  /** Pictures that arrived while the page was open. */
  readonly fresh: ReadonlySet<string>
  refresh(): void
}

function show(list: PictureList, filters: Filters, positions: Uint32Array | null): Shown {
  const { id, flags } = list.pictures
  const at = (index: number) => positions?.[index] ?? index
  let index: Map<string, number> | undefined
  return {
    list,
    filters,
    positions,
    count: positions ? positions.length : id.length,
    idAt: (i) => id[at(i)] ?? '',
    flagsAt: (i) => flags[at(i)] ?? 0,
    indexOf(wanted) {
      index ??= new Map(positions ? [...positions].map((p, i) => [id[p] ?? '', i]) : id.map((one, i) => [one, i]))
      return index.get(wanted) ?? -1
    },
  }
}

const freshMs = 10_000

const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError'

/** The list and the hits of the filters, kept fresh while pictures arrive. */
export function useGallery(source: Source, filters: Filters): Gallery {
  const [list, setList] = useState<PictureList | null>(null)
  const [shown, setShown] = useState<Shown | null>(null)
  const [error, setError] = useState<string | null>(null)
  const [connection, setConnection] = useState<Connection>('there')
  const [wanted, want] = useState(0)
  const fresh = useRef(new Set<string>())
  const isLoading = useRef(false)
  const known = useRef<number>(undefined)
  known.current = list?.revision
  const refresh = useCallback(() => want((count) => count + 1), [])

  // `wanted` asks for the list again.
  useEffect(() => {
    isLoading.current = true
    let isOver = false
    const fail = (reason: unknown) => setError(reason instanceof RequestError ? reason.message : String(reason))
    source
      .list()
      .then((next) => {
        if (isOver) return
        setError(null)
        setList(next)
      }, fail)
      .finally(() => {
        isLoading.current = false
      })
    return () => {
      isOver = true
    }
  }, [source, wanted])

  const query = filterParams(filters).toString()
  // `query` stands for the filters.
  useEffect(() => {
    if (!list) return
    if (!query) {
      setShown(show(list, filters, null))
      return
    }
    const controller = new AbortController()
    const take = ({ revision, positions }: Hits) => {
      if (revision === list.revision) setShown(show(list, filters, positions))
      else if (!isLoading.current) refresh()
    }
    const fail = (reason: unknown) => {
      if (!isAbort(reason)) setError(reason instanceof RequestError ? reason.message : String(reason))
    }
    // Nobody sees a search of the letters before the last one.
    const timer = setTimeout(() => void source.search(filters, controller.signal).then(take).catch(fail), 60)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [source, list, query])

  useEffect(() => {
    let wasLost = false
    let timer: ReturnType<typeof setTimeout> | undefined
    /** What arrived a while ago is not shown to arrive again when it is scrolled back to. */
    const arrive = (id: string) => {
      fresh.current.add(id)
      setTimeout(() => fresh.current.delete(id), freshMs)
    }
    const soon = () => {
      clearTimeout(timer)
      timer = setTimeout(refresh, 150)
    }
    const stop = source.listen({
      changed({ added }) {
        for (const id of added) arrive(id)
        soon()
      },
      greeted(revision) {
        if (known.current !== undefined && known.current !== revision) soon()
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

  return useMemo(
    () => ({ shown, error, connection, fresh: fresh.current, refresh }),
    [shown, error, connection, refresh],
  )
}
